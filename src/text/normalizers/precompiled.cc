// Precompiled: SentencePiece's own normalization, a map of strings (charsmap) applied as the reference applies it.
#include <array>

#include "text/normalizers/charsmap.h"
#include "text/normalizers/normalizer.h"
#include "text/unicode/grapheme_break.h"
#include "text/unicode/utf8_cursor.h"

namespace crossrank {
namespace {

// SentencePiece takes the longest string of the map at each place. The reference goes by grapheme clusters: a cluster of less than 6 bytes
// is looked up whole, a longer one, or one that no string of the map begins, character by character; and a look-up takes the shortest
// string that begins it, whatever follows. So "ﬁ" with an accent becomes "fi", and CR LF one space.
class Precompiled final : public Normalizer {
 public:
  explicit Precompiled(const JsonObject& config) : charsmap_(config, "precompiled_charsmap") {
    for (size_t byte = 0; byte < 128; ++byte) {
      const char c = static_cast<char>(byte);
      plain_[byte] = !charsmap_.find({&c, 1});
    }
  }

  // The reference aligns the first character with the start of the text, even after it dropped what stood there.
  void normalize(std::string& text, bool&) const override {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    const char* const end = text.data() + text.size();
    for (const char* p = text.data(); p < end;) {
      const char* const run = p;
      while (p < end && plain_[static_cast<uint8_t>(*p)] && stands_alone(p, end)) ++p;
      out.append(run, p);
      if (p < end) p = append_cluster(p, end, out);
    }
    text = std::move(out);
  }

 private:
  static constexpr size_t kMaxWholeCluster = 5;  // bytes

  // The ASCII character at `p` is a cluster by itself, as far as a glance tells: nothing but CR LF joins two ASCII characters.
  static bool stands_alone(const char* p, const char* end) noexcept {
    return p + 1 == end || (static_cast<uint8_t>(p[1]) < 0x80 && *p != '\r');
  }

  // Appends what becomes of the cluster that begins at `p`; returns its end.
  const char* append_cluster(const char* p, const char* end, std::string& out) const {
    const size_t length = breaks_.cluster_end({p, static_cast<size_t>(end - p)});
    const char* const cluster_end = p + length;
    if (length <= kMaxWholeCluster) {
      if (const auto whole = charsmap_.find({p, length})) {
        out.append(*whole);
        return cluster_end;
      }
      if (length == utf8_length(*p)) {
        out.append(p, length);
        return cluster_end;
      }
    }
    while (p < cluster_end) {
      const size_t character = utf8_length(*p);
      out.append(charsmap_.find({p, character}).value_or(std::string_view(p, character)));
      p += character;
    }
    return cluster_end;
  }

  Charsmap charsmap_;
  const GraphemeBreaks& breaks_ = GraphemeBreaks::get();
  std::array<bool, 256> plain_{};  // ASCII characters that the map leaves as they are
};

}  // namespace

std::unique_ptr<const Normalizer> make_precompiled(const JsonObject& config) { return std::make_unique<Precompiled>(config); }

}  // namespace crossrank
