#include "cli/command.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <sstream>
#include <string_view>

#include "base/nearest_name.h"
#include "cli/output.h"
#include "cli/table.h"
#include "crossrank/error.h"

namespace crossrank {
namespace {

// Breaks lines between words, so that none of more than one word is wider than `width`.
std::string wrapped(std::string text, size_t width) {
  size_t begin = 0;
  while (text.size() - begin > width) {
    const size_t line_end = text.find('\n', begin);
    if (line_end != std::string::npos && line_end - begin <= width) {
      begin = line_end + 1;
      continue;
    }
    size_t space = text.rfind(' ', begin + width);
    if (space == std::string::npos || space < begin) space = text.find(' ', begin);
    if (space == std::string::npos) break;
    text[space] = '\n';
    begin = space + 1;
  }
  return text;
}

// Help in lines of the terminal's width; in a list of verbs each has a sentence.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_description(const CLI::App* app) const override {
    return wrapped(Formatter::make_description(app), static_cast<size_t>(terminal_width()));
  }
  std::string make_option_desc(const CLI::Option* option) const override { return beside_names(Formatter::make_option_desc(option)); }
  std::string make_subcommand(const CLI::App* app) const override {
    const std::string text = app->get_description();
    const size_t end = text.find(". ");
    std::stringstream out;
    CLI::detail::format_help(out, app->get_name(), beside_names(end == std::string::npos ? text : text.substr(0, end + 1)), column_width_);
    return out.str();
  }

 private:
  std::string beside_names(const std::string& text) const {
    constexpr size_t kLeast = 24;  // a narrower column is harder to read than a wide line
    const auto width = static_cast<size_t>(terminal_width());
    return wrapped(text, std::max(kLeast, width > column_width_ ? width - column_width_ : 0));
  }
};

// CLI11 lets a place share the formatter of the one above it, and with it the name for what comes below.
void own_formatter(CLI::App& app, size_t column_width) {
  auto formatter = std::make_shared<HelpFormatter>();
  formatter->column_width(column_width);
  app.formatter(formatter);
}

// Every name by which something may be called at this place: verbs, or the options of the verb that was found.
std::vector<std::string> known_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands({})) names.push_back(verb->get_name());
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

Error unknown_argument(const CLI::App& app) {
  const CLI::App* innermost = &app;
  std::string command = app.get_name();
  while (!innermost->get_subcommands().empty()) {
    innermost = innermost->get_subcommands().front();
    command += " " + innermost->get_name();
  }
  const CLI::App& place = *innermost;
  const bool knows_verbs = !place.get_subcommands({}).empty();
  const std::vector<std::string> extras = app.remaining(true);
  const std::string argument = extras.empty() ? "" : extras.front();
  const bool is_option = argument.starts_with("-");
  if (!is_option && !knows_verbs) return Error(ErrorCode::kUsage, fmt::format("{}: one argument too many: {}", place.get_name(), argument));
  const std::vector<std::string> names = known_names(place);
  std::vector<std::string_view> candidates;
  for (const std::string& name : names) {
    if (name.starts_with("-") == is_option) candidates.emplace_back(name);
  }
  const char* kind = is_option ? "option" : &place == &app ? "verb" : "task";
  return Error(ErrorCode::kUsage,
               fmt::format("unknown {} {}; nearest: {}; {} --help lists all", kind, argument, nearest_name(argument, candidates), command));
}

}  // namespace

const Flag& Flag::value_name(const std::string& name) const {
  option_->type_name(name);
  return *this;
}

const Flag& Flag::default_text(const std::string& text) const {
  option_->default_str(text);
  return *this;
}

const Flag& Flag::group(const std::string& heading) const {
  option_->group(heading);
  return *this;
}

const Flag& Flag::required() const {
  option_->required();
  return *this;
}

bool Flag::given() const { return option_->count() > 0; }

void Command::description(const std::string& text) const { app_->description(text); }

void Command::footer(const std::string& text) const { app_->footer(text); }

void Command::column_width(int characters) const { app_->get_formatter()->column_width(static_cast<size_t>(characters)); }

Command Command::add_command(const std::string& name, const std::string& heading, const std::string& kind) const {
  app_->require_subcommand(0, 1);
  app_->get_formatter()->label("SUBCOMMAND", kind);
  CLI::App* below = app_->add_subcommand(name)->group(heading);
  own_formatter(*below, app_->get_formatter()->get_column_width());
  return Command(*below);
}

std::string Command::chosen() const {
  const auto below = app_->get_subcommands();
  return below.empty() ? "" : below.front()->get_name();
}

Flag Command::add(const std::string& names, const std::function<void(const std::string& word)>& take, const std::string& help) const {
  return Flag(*app_->add_option_function<std::string>(names, take, help));
}

Flag Command::add_text(const std::string& names, std::string& value, const std::string& help) const {
  return Flag(*app_->add_option(names, value, help)->capture_default_str());
}

Flag Command::add_texts(const std::string& names, std::vector<std::string>& values, const std::string& help) const {
  return Flag(*app_->add_option(names, values, help)->expected(1)->take_all());
}

Flag Command::add_switch(const std::string& names, bool& value, const std::string& help) const {
  return Flag(*app_->add_flag(names, value, help));
}

Flag Command::flag(const std::string& name) const { return Flag(*app_->get_option(name)); }

void Command::pass_on() const {
  app_->set_help_flag();
  app_->prefix_command();
}

std::vector<std::string> Command::remaining() const { return app_->remaining(); }

std::string Command::help() const { return app_->help(); }

CommandLine::CommandLine(const std::string& name, const std::string& description) : app_(std::make_unique<CLI::App>(description, name)) {
  constexpr size_t kColumnWidth = 36;
  own_formatter(*app_, kColumnWidth);
}

CommandLine::~CommandLine() = default;

Command CommandLine::command() const { return Command(*app_); }

void CommandLine::version(const std::string& text) const { app_->set_version_flag("--version", text); }

bool CommandLine::read(int argc, char** argv) const {
  try {
    app_->parse(argc, argv);
    return true;
  } catch (const CLI::CallForVersion& version) {
    print(std::string(version.what()) + "\n");
  } catch (const CLI::Success&) {
    print(app_->help());
  } catch (const CLI::ExtrasError&) {
    throw unknown_argument(*app_);
  } catch (const CLI::ParseError& problem) {
    throw Error(ErrorCode::kUsage, problem.what());
  }
  return false;
}

}  // namespace crossrank
