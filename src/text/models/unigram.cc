// Unigram: of all ways to cut a text into pieces of the vocabulary, the one whose scores (logarithms of probabilities) sum highest.
#include <algorithm>
#include <limits>

#include "base/error.h"
#include "text/models/byte_tokens.h"
#include "text/models/model.h"
#include "text/models/piece_trie.h"
#include "text/unicode/utf8_cursor.h"

namespace crossrank {
namespace {

// A character that no piece of its own stands for scores this much below the lowest piece.
constexpr double kUnknownPenalty = 10.0;

class Unigram final : public Model {
 public:
  Unigram(const JsonObject& config, const ScoredPieces& pieces)
      : vocabulary_(config, pieces), trie_(trie_entries(config, pieces)), where_(config.where()) {
    if (!config.json().contains("vocab") || !config.json().at("vocab").is_array()) throw config.bad_field("vocab", "expected a list");
    if (config.has("unk_id")) unknown_id_ = static_cast<int32_t>(config.integer("unk_id", 0, vocabulary_.size() - 1));
    byte_fallback_ = config.boolean("byte_fallback", false);
    if (byte_fallback_) byte_tokens_ = ByteTokens(vocabulary_);
    double lowest = std::numeric_limits<double>::infinity();
    scores_.reserve(pieces.size());
    for (size_t id = 0; id < pieces.size(); ++id) {
      scores_.push_back(pieces.value(id));
      lowest = std::min(lowest, pieces.value(id));
    }
    unknown_score_ = lowest - kUnknownPenalty;
  }

  const Vocabulary& vocabulary() const override { return vocabulary_; }
  bool prepare(bool) override { return false; }

  void tokenize(std::span<const std::string_view> pieces, std::vector<int32_t>& ids) const override {
    std::vector<Step> steps;
    for (const std::string_view piece : pieces) {
      find_best_steps(piece, steps);
      append_ids(piece, steps, ids);
    }
  }

 private:
  // The last step of the best way to a place of the text.
  struct Step {
    double score = 0;     // of the whole way
    uint32_t length = 0;  // bytes; 0: no way has come here yet
    int32_t id = -1;
  };

  static std::vector<std::pair<std::string_view, int32_t>> trie_entries(const JsonObject& config, const ScoredPieces& pieces) {
    std::vector<std::pair<std::string_view, int32_t>> entries;
    entries.reserve(pieces.size());
    for (size_t id = 0; id < pieces.size(); ++id) {
      if (pieces.text(id).size() > kMaxTokenBytes) {
        throw config.bad_field("vocab", fmt::format("piece {} is {} bytes long, more than {}", id, pieces.text(id).size(), kMaxTokenBytes));
      }
      entries.emplace_back(pieces.text(id), static_cast<int32_t>(id));
    }
    return entries;
  }

  // steps[i] becomes the best step that ends at byte i (Viterbi). Of equal ways the first found stays: its last piece is the longest.
  void find_best_steps(std::string_view text, std::vector<Step>& steps) const {
    steps.assign(text.size() + 1, Step{});
    for (size_t at = 0; at < text.size();) {
      const double before = steps[at].score;
      const size_t character = utf8_length(text[at]);
      bool has_character = false;
      trie_.for_each_prefix(text.substr(at), [&](size_t length, int32_t id) {
        improve(steps[at + length], {before + scores_[static_cast<size_t>(id)], static_cast<uint32_t>(length), id});
        has_character = has_character || length == character;
      });
      if (!has_character && improve(steps[at + character], {before + unknown_score_, static_cast<uint32_t>(character), unknown_id_}) &&
          unknown_id_ < 0) {
        throw error(ErrorCode::kTokenizer, "{}: a text has characters that the vocabulary lacks, and field unk_id names no piece for them",
                    where_);
      }
      at += character;
    }
  }

  static bool improve(Step& step, const Step& candidate) noexcept {
    if (step.length != 0 && !(candidate.score > step.score)) return false;
    step = candidate;
    return true;
  }

  // Goes the steps back from the end. Unknown ones in a row are one.
  void append_ids(std::string_view text, const std::vector<Step>& steps, std::vector<int32_t>& ids) const {
    const auto first = static_cast<std::ptrdiff_t>(ids.size());
    for (size_t end = text.size(); end > 0;) {
      size_t begin = end - steps[end].length;
      const int32_t id = steps[end].id;
      if (id == unknown_id_) {
        while (begin > 0 && steps[begin].id == unknown_id_) begin -= steps[begin].length;
        append_unknown_reversed(text.substr(begin, end - begin), ids);
      } else {
        ids.push_back(id);
      }
      end = begin;
    }
    std::reverse(ids.begin() + first, ids.end());
  }

  void append_unknown_reversed(std::string_view text, std::vector<int32_t>& ids) const {
    const auto first = static_cast<std::ptrdiff_t>(ids.size());
    if (const auto whole = vocabulary_.id(text)) {  // the unknown piece itself, spelled out, or by chance another
      ids.push_back(*whole);
    } else if (byte_fallback_ && byte_tokens_.append(text, ids)) {
      std::reverse(ids.begin() + first, ids.end());
    } else {
      ids.push_back(unknown_id_);
    }
  }

  Vocabulary vocabulary_;
  PieceTrie trie_;
  std::vector<double> scores_;  // [vocabulary size]
  double unknown_score_ = 0;
  int32_t unknown_id_ = -1;
  bool byte_fallback_ = false;
  ByteTokens byte_tokens_;
  std::string where_;
};

}  // namespace

std::unique_ptr<Model> make_unigram(const JsonObject& config, const FileVocabulary& taken) {
  return std::make_unique<Unigram>(config, taken.pieces);
}

}  // namespace crossrank
