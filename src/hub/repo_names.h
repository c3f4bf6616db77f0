// The names that a Hub gives and that become names of files here: which of them are safe to use.
#pragma once

#include <string>
#include <string_view>

#include "hub/hub.h"

namespace crossrank {

/// A full commit hash: 40 lower-case hexadecimal digits.
bool is_commit_hash(std::string_view text);
/// A SHA-256 in lower-case hexadecimal digits.
bool is_sha256(std::string_view text);

/// A branch or tag that can be a file under refs/: what git allows, which excludes "..", empty parts and control characters.
bool is_revision(std::string_view text);

/// A file of a repository that stays inside the folder it is put into: relative, no empty, "." or ".." part, no backslash, colon-led
/// drive, or control character, valid UTF-8, and short enough for a file system.
bool is_safe_repo_path(std::string_view path);

/// "models--org--name", the repository's folder in the cache.
std::string cache_folder_name(const HubRepo& repo);

/// "model org/name" or "data set org/name", for messages.
std::string repo_title(const HubRepo& repo);

/// Error(kUsage) when the id or the revision cannot be one.
void check_repo(const HubRepo& repo);

}  // namespace crossrank
