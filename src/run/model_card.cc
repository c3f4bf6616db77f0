#include "run/model_card.h"

#include <fmt/format.h>

#include "run/card/markdown.h"
#include "run/card/metadata.h"
#include "run/card/training.h"
#include "run/card/usage.h"
#include "run/card/yaml.h"

namespace crossrank {
namespace {

constexpr size_t kNamedCharacters = 200;  // of data sets' names in the first sentence; beyond that their number stands there

// Headings that only a person can fill: a comment each, as in the reference's cards.
constexpr std::string_view kUseToFill =
    "<!--\n### Out-of-Scope Use\n\n*What the model must not be used for, and what it is likely to be misused for.*\n-->\n\n";
constexpr std::string_view kRisksToFill =
    "<!--\n## Bias, Risks and Limitations\n\n*Known weaknesses, and cases in which the model fails.*\n-->\n\n"
    "<!--\n### Recommendations\n\n*What to do about them, for example filtering.*\n-->\n\n";
constexpr std::string_view kPeopleToFill =
    "<!--\n## Glossary\n\n*Terms that not every reader knows.*\n-->\n\n"
    "<!--\n## Model Card Authors\n\n*Who made the model and this card.*\n-->\n\n"
    "<!--\n## Model Card Contact\n\n*Where to ask, correct and suggest.*\n-->\n";

constexpr std::string_view kSources =
    "### Model Sources\n\n"
    "- **Documentation:** [Sentence Transformers Documentation](https://sbert.net)\n"
    "- **Documentation:** [Cross Encoder Documentation](https://www.sbert.net/docs/cross_encoder/usage/usage.html)\n"
    "- **Repository:** [Sentence Transformers on GitHub](https://github.com/huggingface/sentence-transformers)\n"
    "- **Hugging Face:** [Cross Encoders on Hugging Face]"
    "(https://huggingface.co/models?library=sentence-transformers&other=cross-encoder)\n\n";

constexpr std::string_view kResources =
    "## Additional Resources\n\n"
    "- [Training and Finetuning Reranker Models with Sentence Transformers](https://huggingface.co/blog/train-reranker): "
    "losses, data sets and evaluators, which are crossrank's too.\n\n";

constexpr std::string_view kSentenceBert =
    "@inproceedings{reimers-2019-sentence-bert,\n"
    "    title = \"Sentence-BERT: Sentence Embeddings using Siamese BERT-Networks\",\n"
    "    author = \"Reimers, Nils and Gurevych, Iryna\",\n"
    "    booktitle = \"Proceedings of the 2019 Conference on Empirical Methods in Natural Language Processing\",\n"
    "    month = \"11\",\n"
    "    year = \"2019\",\n"
    "    publisher = \"Association for Computational Linguistics\",\n"
    "    url = \"https://arxiv.org/abs/1908.10084\",\n"
    "}";

std::string base_link(const ModelCard& card) {
  const std::string& name = is_hub_id(card.base_model_id) ? card.base_model_id : card.base_model;
  return name.empty() ? "" : hub_link(name, card.base_model_id, "");
}

std::vector<const CardDataset*> named_datasets(const ModelCard& card) {
  std::vector<const CardDataset*> out;
  for (const CardDataset& dataset : card.train_datasets) {
    if (!dataset.name.empty()) out.push_back(&dataset);
  }
  return out;
}

// " on the [a](..), [b](..) and [c](..) datasets".
std::string trained_on(const std::vector<const CardDataset*>& datasets) {
  if (datasets.empty()) return "";
  size_t characters = 0;
  std::string links;
  for (size_t i = 0; i < datasets.size(); ++i) {
    if (i > 0) links += i + 1 == datasets.size() ? " and " : ", ";
    links += hub_link(datasets[i]->name, datasets[i]->hub_id, "datasets/");
    characters += datasets[i]->name.size() + 2;
  }
  const std::string which = characters > kNamedCharacters + 2 ? std::to_string(datasets.size()) : "the " + links;
  return fmt::format(" on {} dataset{}", which, datasets.size() == 1 ? "" : "s");
}

std::string introduction(const ModelCard& card) {
  const std::string base = base_link(card);
  const std::string usual = card.num_labels == 1 ? "text reranking and semantic search" : "text pair classification";
  return fmt::format(
      "# {}\n\nThis is a [Cross Encoder](https://www.sbert.net/docs/cross_encoder/usage/usage.html) model{}{} using crossrank, in the "
      "format "
      "of the [sentence-transformers](https://www.SBERT.net) library. It computes scores for pairs of texts, which can be used for {}.\n\n",
      markdown_text(card_title(card)), base.empty() ? " trained" : " finetuned from " + base, trained_on(named_datasets(card)),
      markdown_text(card.task.empty() ? usual : card.task));
}

bool is_revision(const std::string& text) {
  return !text.empty() && text.find("--") == std::string::npos &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-") == std::string::npos;
}

std::string description(const ModelCard& card) {
  std::string out = "## Model Details\n\n### Model Description\n- **Model Type:** Cross Encoder\n";
  if (const std::string base = base_link(card); !base.empty()) {
    out += "- **Base model:** " + base;
    if (is_revision(card.base_model_revision)) out += " <!-- at revision " + card.base_model_revision + " -->";
    out += "\n";
  }
  if (card.max_length > 0) out += fmt::format("- **Maximum Sequence Length:** {} tokens\n", card.max_length);
  out += fmt::format("- **Number of Output Labels:** {} label{}\n- **Supported Modality:** Text\n", card.num_labels,
                     card.num_labels == 1 ? "" : "s");
  const std::vector<const CardDataset*> datasets = named_datasets(card);
  if (!datasets.empty()) out += fmt::format("- **Training Dataset{}:**\n", datasets.size() == 1 ? "" : "s");
  for (const CardDataset* dataset : datasets) out += "    - " + hub_link(dataset->name, dataset->hub_id, "datasets/") + "\n";
  std::string languages;
  for (const std::string& language : card.language) languages += (languages.empty() ? "" : ", ") + markdown_text(language);
  if (!languages.empty()) out += fmt::format("- **Language{}:** {}\n", card.language.size() == 1 ? "" : "s", languages);
  if (!card.license.empty()) out += "- **License:** " + markdown_text(card.license) + "\n";
  out += "\n" + std::string(kSources);
  if (!card.architecture.empty()) out += "### Full Model Architecture\n\n" + markdown_block("", card.architecture) + "\n\n";
  return out;
}

std::string citations(const ModelCard& card) {
  std::string out = "## Citation\n\n### BibTeX\n\n#### Sentence Transformers\n" + markdown_block("bibtex", kSentenceBert) + "\n\n";
  const size_t first = card.loss.citation.find_first_not_of(" \n");
  if (first == std::string::npos) return out;
  const size_t last = card.loss.citation.find_last_not_of(" \n");
  return out + "#### " + markdown_text(card.loss.name) + "\n" +
         markdown_block("bibtex", card.loss.citation.substr(first, last - first + 1)) + "\n\n";
}

}  // namespace

std::string to_markdown(const ModelCard& card) {
  const std::vector<CardMeasurement> measured = measurements(card.evaluations);
  std::string out =
      "---\n# Metadata for the Hub: https://huggingface.co/docs/hub/model-cards\n" + yaml(card_metadata(card, measured)) + "---\n\n";
  out += introduction(card) + description(card) + usage_section(card);
  out += kUseToFill;
  out += evaluation_section(measured);
  out += kRisksToFill;
  out += training_section(card);
  out += kResources;
  out += citations(card);
  out += kPeopleToFill;
  return out;
}

}  // namespace crossrank
