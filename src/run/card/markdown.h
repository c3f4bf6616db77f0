// Markdown from texts that nobody has vetted: whatever they hold is shown as it is and changes nothing around it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crossrank {

/// A text within a line or a cell: one line, with what Markdown or HTML would take for a mark of theirs escaped.
std::string markdown_text(std::string_view text);

/// "<code>...</code>", for a cell of a table or a bullet: marks are HTML entities, ends of lines <br>.
std::string markdown_code(std::string_view text);

/// `text` between backticks, as many as it takes.
std::string markdown_code_span(std::string_view text);

/// A fenced block, with a fence that the text does not hold.
std::string markdown_block(std::string_view language, std::string_view text);

/// A link to a page of the Hub where `id` can be one ("org/name", "name"), else the name alone. `kind`: "" for a model, "datasets/".
std::string hub_link(std::string_view name, std::string_view id, std::string_view kind);

/// True for what the Hub takes as a repository's id.
bool is_hub_id(std::string_view id);

enum class Align { kLeft, kCentre };

/// A table whose columns are as wide as their widest cell; the first row is the header. Cells are Markdown of one line.
std::string markdown_table(const std::vector<std::vector<std::string>>& rows, Align align);

/// Each line of `text` with two spaces before it, so that it belongs to a bullet.
std::string in_bullet(std::string_view text);

}  // namespace crossrank
