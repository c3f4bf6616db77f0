// Hashes of files, by OpenSSL, whose whole use lies here.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace crossrank {

/// SHA-256 of a file's bytes, in lower-case hexadecimal digits. Error(kIo).
std::string sha256_of_file(const std::filesystem::path& path);
/// git's hash of a file as a blob: SHA-1 of "blob SIZE", NUL, and the bytes.
std::string git_blob_hash_of_file(const std::filesystem::path& path);

/// Base64 as the commit API wants contents.
std::string base64(std::string_view bytes);

}  // namespace crossrank
