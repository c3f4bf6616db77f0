#include "retrieval/digest.h"

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <new>

#include "base/mapped_file.h"

namespace crossrank {
namespace {

void require(int done) {
  if (done != 1) throw std::bad_alloc();  // there is no other way for SHA-256 to fail
}

}  // namespace

void Digest::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Digest::Digest() : context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr) throw std::bad_alloc();
  require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

void Digest::add(std::string_view bytes) {
  const auto length = static_cast<uint64_t>(bytes.size());
  require(EVP_DigestUpdate(context_.get(), &length, sizeof length));
  require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

void Digest::add_file(const std::filesystem::path& file) { add(MappedFile::open(file)->text()); }

std::string Digest::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int count = 0;
  require(EVP_DigestFinal_ex(context_.get(), bytes.data(), &count));
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < count; ++i) {
    text.push_back(kDigits[bytes[i] >> 4]);
    text.push_back(kDigits[bytes[i] & 15]);
  }
  return text;
}

std::string digest_of(std::string_view bytes) {
  Digest digest;
  digest.add(bytes);
  return digest.hex();
}

}  // namespace crossrank
