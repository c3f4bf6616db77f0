// TemplateProcessing: a list of special tokens and sequences, one list for one text and one for a pair.
#include <map>

#include "base/error.h"
#include "text/component.h"
#include "text/models/vocabulary.h"
#include "text/post_processors/post_processor.h"

namespace crossrank {
namespace {

// More pieces or ids than this would multiply every text on the file's word.
constexpr size_t kMaxTemplateItems = 256;

// A sequence (0: A, 1: B) or, with -1, the ids of a special token.
struct Piece {
  int sequence = -1;
  int32_t type_id = 0;
  std::vector<int32_t> ids;
};

using SpecialTokens = std::map<std::string, std::vector<int32_t>, std::less<>>;

void check_count(const JsonObject& config, std::string_view field, size_t count) {
  if (count > kMaxTemplateItems) throw config.bad_field(field, fmt::format("{} items, more than {}", count, kMaxTemplateItems));
}

SpecialTokens parse_special_tokens(const JsonObject& config) {
  const JsonObject list = config.object("special_tokens");
  SpecialTokens tokens;
  for (const auto& [name, value] : list.json().items()) {
    const JsonObject token(value, fmt::format("{}: {}", list.where(), name), config.code());
    token.strings("tokens");
    const Json& ids = token.array("ids");
    check_count(token, "ids", ids.size());
    std::vector<int32_t>& parsed = tokens[name];
    for (const Json& id : ids) {
      if (!id.is_number_integer() || id < 0 || id > kMaxTokenId) throw token.bad_field("ids", "holds something that is no token id");
      parsed.push_back(id.get<int32_t>());
    }
  }
  return tokens;
}

Piece parse_piece(const JsonObject& item, const SpecialTokens& special_tokens) {
  Piece piece;
  if (item.has("Sequence")) {
    const JsonObject sequence = item.object("Sequence");
    const std::string id = sequence.string("id");
    if (id != "A" && id != "B") throw sequence.bad_field("id", fmt::format("\"{}\" is neither A nor B", id));
    piece.sequence = id == "A" ? 0 : 1;
    piece.type_id = static_cast<int32_t>(sequence.integer("type_id", 0, kMaxTokenId));
    return piece;
  }
  const JsonObject special = item.object("SpecialToken");
  const std::string id = special.string("id");
  const auto found = special_tokens.find(id);
  if (found == special_tokens.end()) throw special.bad_field("id", fmt::format("\"{}\" is not among special_tokens", id));
  piece.ids = found->second;
  piece.type_id = static_cast<int32_t>(special.integer("type_id", 0, kMaxTokenId));
  return piece;
}

std::vector<Piece> parse_template(const JsonObject& config, std::string_view name, const SpecialTokens& special_tokens) {
  std::vector<Piece> pieces;
  check_count(config, name, config.array(name).size());
  for (const JsonObject& item : sequence_items(config, name)) pieces.push_back(parse_piece(item, special_tokens));
  return pieces;
}

class TemplateProcessing final : public PostProcessor {
 public:
  explicit TemplateProcessing(const JsonObject& config) : where_(config.where()) {
    const SpecialTokens special_tokens = parse_special_tokens(config);
    single_ = parse_template(config, "single", special_tokens);
    pair_ = parse_template(config, "pair", special_tokens);
    for (const Piece& piece : single_) {
      if (piece.sequence == 1) throw config.bad_field("single", "uses sequence B, which one text does not have");
    }
  }

  void process(std::vector<Segment>& segments) const override {
    if (segments.empty() || segments.size() > 2) {
      throw error(ErrorCode::kTokenizer, "{}: a template takes one or two sequences and got {} segments: no other template may precede it",
                  where_, segments.size());
    }
    std::vector<Segment> out;
    for (const Piece& piece : segments.size() == 2 ? pair_ : single_) {
      Segment& segment = out.emplace_back();
      segment.ids = piece.sequence < 0 ? piece.ids : segments[static_cast<size_t>(piece.sequence)].ids;
      segment.type_ids.assign(segment.ids.size(), piece.type_id);
    }
    segments = std::move(out);
  }

  int num_special_tokens(bool pair) const override {
    size_t count = 0;
    for (const Piece& piece : pair ? pair_ : single_) count += piece.ids.size();
    return static_cast<int>(count);
  }

 private:
  std::vector<Piece> single_;
  std::vector<Piece> pair_;
  std::string where_;
};

}  // namespace

std::unique_ptr<const PostProcessor> make_template_processing(const JsonObject& config) {
  return std::make_unique<TemplateProcessing>(config);
}

}  // namespace crossrank
