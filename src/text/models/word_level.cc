// WordLevel: each piece is one token, or unknown.
#include "base/error.h"
#include "text/models/model.h"

namespace crossrank {
namespace {

class WordLevel final : public Model {
 public:
  WordLevel(const JsonObject& config, const FileVocabulary& taken)
      : vocabulary_(config, taken.ids), unknown_token_(config.string("unk_token")), where_(config.where()) {
    unknown_id_ = vocabulary_.id(unknown_token_).value_or(-1);
  }

  const Vocabulary& vocabulary() const override { return vocabulary_; }
  bool prepare(bool) override { return false; }

  void tokenize(std::span<const std::string_view> pieces, std::vector<int32_t>& ids) const override {
    for (const std::string_view piece : pieces) {
      const int32_t id = vocabulary_.id(piece).value_or(unknown_id_);
      if (id < 0) throw error(ErrorCode::kTokenizer, "{}: unk_token \"{}\" is not in the vocabulary", where_, unknown_token_);
      ids.push_back(id);
    }
  }

 private:
  Vocabulary vocabulary_;
  std::string unknown_token_;
  int32_t unknown_id_ = -1;
  std::string where_;
};

}  // namespace

std::unique_ptr<Model> make_word_level(const JsonObject& config, const FileVocabulary& taken) {
  return std::make_unique<WordLevel>(config, taken);
}

}  // namespace crossrank
