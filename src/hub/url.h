// URLs: putting them together, and which host they lead to.
#pragma once

#include <string>
#include <string_view>

#include "hub/hub.h"

namespace crossrank {

/// Everything but letters, digits and "-._~" as %XX; slashes stay where `keep_slashes`.
std::string percent_encode(std::string_view text, bool keep_slashes);

/// ENDPOINT/api/models/org/name/REST.
std::string repo_api_url(const HubSettings& settings, const HubRepo& repo, std::string_view rest);
/// ENDPOINT/org/name/resolve/REVISION/PATH, the address of a file's content.
std::string file_url(const HubSettings& settings, const HubRepo& repo, std::string_view revision, std::string_view path);
/// The page of the repository, for people.
std::string repo_page_url(const HubSettings& settings, const HubRepo& repo);

/// "https://host:port" in lower case; empty for what is no http or https URL with a host.
std::string url_origin(const std::string& url);

/// Where `location`, perhaps relative, leads from `base`; empty where that is no URL to http or https.
std::string resolve_url(const std::string& base, const std::string& location);

}  // namespace crossrank
