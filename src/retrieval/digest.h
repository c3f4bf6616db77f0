// Digest: SHA-256 of things one after another, each with its length, so that no two lists of things look alike.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace crossrank {

/// Not for several threads.
class Digest {
 public:
  Digest();

  void add(std::string_view bytes);
  /// The contents of a file; Error(kIo) names it.
  void add_file(const std::filesystem::path& file);

  /// 64 hexadecimal digits. Call once, last.
  std::string hex();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// The digest of one thing.
std::string digest_of(std::string_view bytes);

}  // namespace crossrank
