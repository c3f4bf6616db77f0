// The reference's training arguments: their order and defaults, and why a recipe does not take some of them.
#pragma once

#include <span>
#include <string_view>

namespace crossrank {

struct ReferenceArgument {
  std::string_view name;
  std::string_view default_text;  // as Python prints it
  std::string_view why_not = {};  // a clause after "is not taken: "; empty where a recipe takes it
};

/// CrossEncoderTrainingArguments of Sentence Transformers 6.2 with Transformers 5.23, in the order of to_dict().
std::span<const ReferenceArgument> reference_arguments();

/// Why a recipe does not take an argument of the reference, of now or of earlier; empty for other names.
std::string_view why_not_taken(std::string_view key);

/// Whether the reference's model card leaves an argument out.
bool is_left_out_of_card(std::string_view name);

}  // namespace crossrank
