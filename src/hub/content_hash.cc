#include "hub/content_hash.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <memory>
#include <vector>

#include "base/error.h"
#include "base/mapped_file.h"

namespace crossrank {
namespace {

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

std::string digest(const EVP_MD* kind, std::string_view head, std::string_view bytes) {
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(EVP_MD_CTX_new());
  unsigned char value[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  const bool done =
      context && EVP_DigestInit_ex(context.get(), kind, nullptr) == 1 && EVP_DigestUpdate(context.get(), head.data(), head.size()) == 1 &&
      EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 && EVP_DigestFinal_ex(context.get(), value, &size) == 1;
  if (!done) throw error(ErrorCode::kHub, "OpenSSL cannot compute a hash; is it a build without SHA-1 and SHA-256?");
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", value[i]);
  return hex;
}

}  // namespace

std::string sha256_of_file(const std::filesystem::path& path) { return digest(EVP_sha256(), "", MappedFile::open(path)->text()); }

std::string git_blob_hash_of_file(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  std::string head = fmt::format("blob {}", file->text().size());
  head += '\0';
  return digest(EVP_sha1(), head, file->text());
}

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

}  // namespace crossrank
