#include "crossrank/reranker.h"

#include <algorithm>
#include <numeric>

#include "arch/multiplications.h"
#include "base/error.h"
#include "rank/activation.h"
#include "rank/load_scorer.h"
#include "rank/resolve_model.h"
#include "rank/scorer.h"

namespace crossrank {
namespace {

ModelInfo describe(const Scorer& scorer, const LoadOptions& options) {
  const ModelFolder& model = scorer.model();
  ModelInfo info;
  info.folder = model.folder.string();
  info.model_type = model.encoder.model_type;
  info.architecture = model.architecture;
  info.num_labels = model.head.num_outputs;
  info.labels = model.labels;
  info.activation = score_activation_name(model.activation);
  info.max_length = model.max_length;
  info.num_layers = static_cast<int>(model.encoder.layers.size());
  info.hidden_size = model.encoder.hidden_size;
  info.num_heads = model.encoder.layers.front().attention.num_heads;
  info.intermediate_size = model.encoder.intermediate_size;
  info.vocab_size = model.encoder.vocab_size;
  info.parameters = model.parameters;
  info.matrix_parameters = model.matrix_parameters;
  info.stored_as = model.stored_as;
  if (const Engine* engine = scorer.engine()) {
    info.precision = engine->precision();
    info.precision_reason = precision_reason(options, *engine);
    info.instruction_set = engine->instruction_set();
    info.threads = engine->threads();
  }
  return info;
}

// Indices of `count` documents by falling logit, ties in the order given, cut to the best top_k.
std::vector<int> order_by_logit(std::span<const float> logits, int top_k) {
  std::vector<int> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return logits[static_cast<size_t>(a)] > logits[static_cast<size_t>(b)]; });
  if (top_k > 0 && static_cast<size_t>(top_k) < order.size()) order.resize(static_cast<size_t>(top_k));
  return order;
}

}  // namespace

struct Reranker::State {
  Scorer scorer;
  ModelInfo info;

  explicit State(const std::shared_ptr<const ModelFolder>& model, const LoadOptions& options)
      : scorer(load_scorer(model, options)), info(describe(scorer, options)) {}

  void need_engine() const {
    if (scorer.engine() == nullptr) throw error(ErrorCode::kUsage, "{}: loaded with describe_only, which cannot score", info.folder);
  }
  void need_one_label(const char* call) const {
    if (info.num_labels != 1) {
      throw error(ErrorCode::kUsage, "{}: {} needs a model with one label, and this one has {}: use predict_labels (`crossrank predict`)",
                  info.folder, call, info.num_labels);
    }
  }
};

Reranker::Reranker(std::unique_ptr<State> state) : state_(std::move(state)) {}
Reranker::Reranker(Reranker&&) noexcept = default;
Reranker& Reranker::operator=(Reranker&&) noexcept = default;
Reranker::~Reranker() = default;

Reranker Reranker::load(const std::string& name, const LoadOptions& options) {
  const auto model = std::make_shared<const ModelFolder>(ModelFolder::open(resolve_model(name, options)));
  if (model->is_bi_encoder) {
    throw error(ErrorCode::kModel, "{}: a bi-encoder, which gives embeddings and no scores; a cross-encoder has a classification head",
                name);
  }
  return Reranker(std::make_unique<State>(model, options));
}

LabelScores Reranker::predict_labels(std::span<const TextPair> pairs, const PredictOptions& options, const Progress& progress) const {
  state_->need_engine();
  OutputRows rows = state_->scorer.run(pairs, options, progress);
  LabelScores scores;
  scores.num_labels = rows.num_outputs;
  scores.values = rows.values;
  scores.logits = std::move(rows.values);
  scores.truncated = std::move(rows.truncated);
  const ScoreActivation activation = choose_activation(options.activation, state_->scorer.model().activation);
  apply_score_activation(activation, scores.num_labels, scores.values);
  return scores;
}

std::vector<Score> Reranker::predict(std::span<const TextPair> pairs, const PredictOptions& options, const Progress& progress) const {
  state_->need_one_label("predict");
  const LabelScores labels = predict_labels(pairs, options, progress);
  std::vector<Score> scores(pairs.size());
  for (size_t i = 0; i < scores.size(); ++i) scores[i] = {labels.values[i], labels.logits[i], labels.truncated[i]};
  return scores;
}

std::vector<Ranking> Reranker::rank(std::string_view query, std::span<const std::string> documents, const RankOptions& options,
                                    const Progress& progress) const {
  const Request request = {query, documents};
  return std::move(rank(std::span(&request, 1), options, progress).front());
}

std::vector<std::vector<Ranking>> Reranker::rank(std::span<const Request> requests, const RankOptions& options,
                                                 const Progress& progress) const {
  state_->need_one_label("rank");
  if (options.top_k < 0) throw error(ErrorCode::kUsage, "top-k: {} is negative; 0 returns all", options.top_k);
  std::vector<TextPair> pairs;
  for (const Request& request : requests) {
    for (const std::string& document : request.documents) pairs.push_back({request.query, document});
  }
  const LabelScores scores = predict_labels(pairs, options.predict, progress);

  std::vector<std::vector<Ranking>> rankings;
  size_t first = 0;
  for (const Request& request : requests) {
    const std::span logits = std::span(scores.logits).subspan(first, request.documents.size());
    std::vector<Ranking>& ranking = rankings.emplace_back();
    for (const int index : order_by_logit(logits, options.top_k)) {
      const size_t at = first + static_cast<size_t>(index);
      ranking.push_back({index, scores.values[at], scores.logits[at], scores.truncated[at]});
    }
    first += request.documents.size();
  }
  return rankings;
}

namespace {

Reranker::Tokens with_spelling(Encoding encoding, const Tokenizer& tokenizer) {
  Reranker::Tokens tokens;
  for (const int32_t id : encoding.ids) tokens.tokens.push_back(tokenizer.token(id));
  tokens.ids = std::move(encoding.ids);
  tokens.type_ids = std::move(encoding.type_ids);
  tokens.truncated = encoding.truncated;
  return tokens;
}

}  // namespace

Reranker::Tokens Reranker::tokenize(const TextPair& pair, const PredictOptions& options) const {
  const Scorer& scorer = state_->scorer;
  return with_spelling(scorer.encode(scorer.pair_encoder(options), pair), scorer.tokenizer());
}

Reranker::Tokens Reranker::tokenize(std::string_view text, const PredictOptions& options) const {
  const Scorer& scorer = state_->scorer;
  return with_spelling(scorer.encode(scorer.pair_encoder(options), text), scorer.tokenizer());
}

const ModelInfo& Reranker::info() const { return state_->info; }

std::vector<std::string> Reranker::vocabulary() const {
  const Tokenizer& tokenizer = state_->scorer.tokenizer();
  std::vector<std::string> tokens(static_cast<size_t>(tokenizer.vocab_size()));
  for (size_t id = 0; id < tokens.size(); ++id) tokens[id] = tokenizer.token(static_cast<int32_t>(id));
  return tokens;
}

double Reranker::multiplications(int tokens, bool whole_model) const {
  const ModelFolder& model = state_->scorer.model();
  return crossrank::multiplications(model.encoder, model.head, tokens, whole_model ? LastLayer::kWhole : LastLayer::kRowsRead);
}

double Reranker::measure_matrix_peak() const {
  state_->need_engine();
  return crossrank::measure_matrix_peak(*state_->scorer.engine());
}

}  // namespace crossrank
