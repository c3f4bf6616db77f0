// What the environment says about the Hub, with the meanings of huggingface_hub 2.4 (constants.py).
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "base/error.h"
#include "base/mapped_file.h"
#include "hub/hub.h"
#include "hub/url.h"

namespace crossrank {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The first of the variables that is set and not empty.
std::string first_variable(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (std::string value = variable(name); !value.empty()) return value;
  }
  return "";
}

bool is_true(std::string value) {
  std::transform(value.begin(), value.end(), value.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return value == "1" || value == "ON" || value == "YES" || value == "TRUE";
}

std::filesystem::path home_folder() {
  if (const std::string home = variable("HOME"); !home.empty()) return home;
  const passwd* user = ::getpwuid(::getuid());
  return user == nullptr ? "/" : user->pw_dir;
}

// "~/x", "$VAR/x" and "${VAR}/x", as shells and huggingface_hub read them; an unknown variable stays as it is.
std::filesystem::path expanded(std::string_view text) {
  std::string out;
  if (text == "~" || text.starts_with("~/")) {
    out = home_folder().string();
    text.remove_prefix(1);
  }
  while (!text.empty()) {
    const bool braces = text.starts_with("${");
    size_t end = braces ? 2 : 1;
    while (text.front() == '$' && end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_'))
      ++end;
    const std::string name(text.substr(braces ? 2 : 1, end - (braces ? 2 : 1)));
    const bool closed = !braces || (end < text.size() && text[end] == '}');
    if (text.front() != '$' || name.empty() || !closed || std::getenv(name.c_str()) == nullptr) {
      out += text.front();
      text.remove_prefix(1);
    } else {
      out += variable(name.c_str());
      text.remove_prefix(end + (braces ? 1 : 0));
    }
  }
  return out;
}

std::filesystem::path folder_variable(const char* name, const std::filesystem::path& fallback) {
  const std::string value = variable(name);
  return value.empty() ? fallback : expanded(value);
}

// A whole number from `low` on; 0 means what is not set to huggingface_hub, too.
template <typename Number>
void read_number(const char* name, Number low, Number& value) {
  const std::string text = variable(name);
  if (text.empty() || text == "0") return;
  Number parsed = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (problem != std::errc() || end != text.data() + text.size() || parsed < low) {
    throw error(ErrorCode::kUsage, "{}=\"{}\": not a whole number from {} on", name, text, low);
  }
  value = parsed;
}

std::string clean_token(std::string token, const char* source) {
  std::erase_if(token, [](char c) { return c == '\r' || c == '\n'; });
  const size_t first = token.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  token = token.substr(first, token.find_last_not_of(" \t") - first + 1);
  const bool plain = std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 0x7F; });
  if (!plain) throw error(ErrorCode::kUsage, "{}: holds a token with spaces or control characters in it; paste it again", source);
  return token;
}

std::string find_token(const std::filesystem::path& home) {
  if (is_true(variable("HF_HUB_DISABLE_IMPLICIT_TOKEN"))) return "";
  if (const std::string token = first_variable({"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}); !token.empty()) {
    return clean_token(token, "HF_TOKEN");
  }
  const std::filesystem::path file = folder_variable("HF_TOKEN_PATH", home / "token");
  std::error_code absent;
  if (!std::filesystem::is_regular_file(file, absent)) return "";
  return clean_token(read_file(file, 1 << 16), file.c_str());
}

}  // namespace

HubSettings hub_settings_from_environment() {
  HubSettings settings;
  if (const std::string endpoint = variable("HF_ENDPOINT"); !endpoint.empty()) settings.endpoint = endpoint;
  while (settings.endpoint.ends_with('/')) settings.endpoint.pop_back();
  if (url_origin(settings.endpoint).empty()) {
    throw error(ErrorCode::kUsage, "HF_ENDPOINT=\"{}\": not the address of a Hub, as in https://huggingface.co", settings.endpoint);
  }
  const auto cache_home = folder_variable("XDG_CACHE_HOME", home_folder() / ".cache");
  const auto home = folder_variable("HF_HOME", cache_home / "huggingface");
  settings.cache = folder_variable("HF_HUB_CACHE", folder_variable("HUGGINGFACE_HUB_CACHE", home / "hub"));
  settings.token = find_token(home);
  settings.offline = is_true(first_variable({"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"}));
  settings.ca_file = first_variable({"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"});

  read_number("HF_HUB_DOWNLOAD_TIMEOUT", 1, settings.stall_timeout_s);
  read_number("HF_HUB_ETAG_TIMEOUT", 1, settings.connect_timeout_s);
  read_number("CROSSRANK_HUB_CONNECTIONS", 1, settings.connections);
  read_number<int64_t>("CROSSRANK_HUB_PART_BYTES", 1024, settings.part_bytes);
  read_number("CROSSRANK_HUB_RETRIES", 1, settings.retries.attempts);
  read_number("CROSSRANK_HUB_RETRY_WAIT_MS", 1, settings.retries.first_wait_ms);
  return settings;
}

}  // namespace crossrank
