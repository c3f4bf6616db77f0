#include "hub/url.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <memory>

namespace crossrank {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

std::string url_part(const Url& url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, flags) != CURLUE_OK) return "";
  std::string value = text;
  curl_free(text);
  return value;
}

bool is_web(const Url& url) {
  const std::string scheme = url_part(url, CURLUPART_SCHEME);
  return scheme == "http" || scheme == "https";
}

}  // namespace

std::string percent_encode(std::string_view text, bool keep_slashes) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 0x80 && (std::isalnum(byte) != 0 || std::string_view("-._~").find(c) != std::string_view::npos);
    if (plain || (keep_slashes && c == '/')) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", byte);
    }
  }
  return out;
}

std::string repo_api_url(const HubSettings& settings, const HubRepo& repo, std::string_view rest) {
  return fmt::format("{}/api/{}/{}/{}", settings.endpoint, repo.type == RepoType::kModel ? "models" : "datasets", repo.id, rest);
}

std::string repo_page_url(const HubSettings& settings, const HubRepo& repo) {
  return fmt::format("{}/{}{}", settings.endpoint, repo.type == RepoType::kModel ? "" : "datasets/", repo.id);
}

std::string file_url(const HubSettings& settings, const HubRepo& repo, std::string_view revision, std::string_view path) {
  return fmt::format("{}/resolve/{}/{}", repo_page_url(settings, repo), percent_encode(revision, false), percent_encode(path, true));
}

std::string url_origin(const std::string& url) {
  const Url parsed(curl_url());
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK || !is_web(parsed)) return "";
  std::string host = url_part(parsed, CURLUPART_HOST);
  if (host.empty()) return "";
  std::transform(host.begin(), host.end(), host.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return fmt::format("{}://{}:{}", url_part(parsed, CURLUPART_SCHEME), host, url_part(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT));
}

std::string resolve_url(const std::string& base, const std::string& location) {
  const Url parsed(curl_url());
  if (curl_url_set(parsed.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK) return "";
  if (curl_url_set(parsed.get(), CURLUPART_URL, location.c_str(), CURLU_URLENCODE) != CURLUE_OK || !is_web(parsed)) return "";
  return url_part(parsed, CURLUPART_URL);
}

}  // namespace crossrank
