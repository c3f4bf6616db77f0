#include "text/component.h"
#include "text/models/model.h"

namespace crossrank {

std::unique_ptr<Model> make_model(const JsonObject& config, const FileVocabulary& taken) {
  using ModelMaker = Maker<std::unique_ptr<Model>, std::unique_ptr<Model> (*)(const JsonObject&, const FileVocabulary&)>;
  static constexpr ModelMaker kMakers[] = {
      {"BPE", make_bpe}, {"Unigram", make_unigram}, {"WordLevel", make_word_level}, {"WordPiece", make_wordpiece}};
  return find_maker(config, kMakers, "a model").make(config, taken);
}

}  // namespace crossrank
