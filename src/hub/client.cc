#include "hub/client.h"

#include <algorithm>
#include <ctime>

#include "base/error.h"
#include "base/json.h"
#include "base/nearest_name.h"
#include "hub/quote_stranger.h"
#include "hub/repo_names.h"
#include "hub/retry.h"
#include "hub/url.h"

namespace crossrank {
namespace {

constexpr int kMaxRedirects = 10;
constexpr size_t kMaxPages = 10'000;

bool is_redirect(int status) { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

// The reason that the Hub gives: a header, or {"error": ..}.
std::string reason_of(const HttpResponse& response) {
  if (const std::string said = response.header("x-error-message"); !said.empty()) return quote_stranger(said);
  try {
    const Json body = parse_json(response.body, "", ErrorCode::kHub);
    if (body.is_object() && body.contains("error") && body["error"].is_string()) return quote_stranger(body["error"].get<std::string>());
  } catch (const Error&) {
    // Not JSON: a page for people, which would say nothing in one line.
  }
  return "no reason given";
}

// Signed addresses carry their right of access in the query: that belongs into no message.
std::string without_query(const std::string& url) { return url.substr(0, url.find('?')); }

[[noreturn]] void throw_transport(const HttpRequest& request, const HubSettings& settings, const TransportError& problem) {
  const std::string said = quote_stranger(problem.what());
  const std::string where = url_origin(request.url);
  const int stall_s = request.stall_timeout_s > 0 ? request.stall_timeout_s : settings.stall_timeout_s;
  switch (problem.problem()) {
    case TransportProblem::kUnreachable:
      throw Transient(
          fmt::format("{} cannot be reached: {}; check the network, HF_ENDPOINT and https_proxy; HF_HUB_OFFLINE=1 uses what is cached",
                      where, said),
          {}, true);
    case TransportProblem::kStalled:
      throw Transient(
          fmt::format("{}: nothing came for {} s: {}; try again, or wait longer with HF_HUB_DOWNLOAD_TIMEOUT=60", where, stall_s, said));
    case TransportProblem::kBroken:
      throw Transient(fmt::format("{}: the connection broke: {}; try again, what came is kept", where, said));
    case TransportProblem::kProxy:
      throw WayBlocked(ErrorCode::kHub, fmt::format("{}: the proxy failed: {}; check http_proxy, https_proxy and no_proxy", where, said));
    case TransportProblem::kTls:
      throw WayBlocked(ErrorCode::kHub, fmt::format("{}: its certificate is not trusted: {}; SSL_CERT_FILE names a file of certificates to "
                                                    "trust, for example those of a company's proxy",
                                                    where, said));
    case TransportProblem::kTooLarge:
      break;
  }
  throw error(ErrorCode::kHub, "{}: {}, which no Hub sends; check HF_ENDPOINT", without_query(request.url), said);
}

}  // namespace

// The request's URL becomes the one that answered.
HttpResponse HubClient::follow(HttpRequest& request) {
  const std::vector<std::string> headers = request.headers;
  const std::string home = url_origin(settings_.endpoint);
  for (int hops = 0; hops <= kMaxRedirects; ++hops) {
    request.headers = headers;
    if (!settings_.token.empty() && url_origin(request.url) == home) request.headers.push_back("Authorization: Bearer " + settings_.token);
    HttpResponse response = connection_.exchange(request);
    if (!is_redirect(response.status)) return response;
    const std::string location = response.header("location");
    const std::string next = location.empty() ? "" : resolve_url(request.url, location);
    if (next.empty())
      throw error(ErrorCode::kHub, "{}: redirects to \"{}\", which is no web address", without_query(request.url),
                  quote_stranger(location));
    if (request.url.starts_with("https://") && !next.starts_with("https://")) {
      throw error(ErrorCode::kHub, "{}: redirects from https to {}, which is not encrypted; refused", without_query(request.url),
                  url_origin(next));
    }
    request.url = next;
  }
  throw error(ErrorCode::kHub, "{}: more than {} redirects; check HF_ENDPOINT", without_query(request.url), kMaxRedirects);
}

HttpResponse HubClient::ask_once(const HttpRequest& asked) {
  HttpRequest request = asked;
  HttpResponse response;
  try {
    response = follow(request);
  } catch (const TransportError& problem) {
    throw_transport(request, settings_, problem);
  }
  if (response.status / 100 == 2 || response.status == asked.allowed_status) return response;
  if (is_transient_status(response.status)) {
    const auto retry_after = retry_after_seconds(response.header("retry-after"), std::time(nullptr));
    const std::string later = retry_after ? fmt::format("; it asks to come back in {} s", *retry_after) : "; try again later";
    throw Transient(fmt::format("{}: {} ({}){}", without_query(request.url), response.status, reason_of(response), later), retry_after);
  }
  throw_refused(request, response);
}

HttpResponse HubClient::ask(const HttpRequest& request, const std::function<void()>& before_retry) {
  Backoff backoff(settings_.retries);
  while (true) {
    try {
      return ask_once(request);
    } catch (const Transient& problem) {
      if (!backoff.wait(problem.retry_after_s(), problem.unreachable() ? kUnreachableAttempts : settings_.retries.attempts)) throw;
      if (before_retry) before_retry();
    }
  }
}

std::string HubClient::commit(bool once) {
  const std::string url = repo_api_url(settings_, repo_, "revision/" + percent_encode(repo_.revision, false));
  HttpRequest request;
  request.url = url;
  const HttpResponse response = once ? ask_once(request) : ask(request);
  return parse_commit(response.body, url);
}

std::vector<RepoEntry> HubClient::tree(const std::string& commit) {
  std::vector<RepoEntry> entries;
  HttpRequest request;
  request.url = repo_api_url(settings_, repo_, "tree/" + commit + "?recursive=true&expand=false");
  const std::string first = request.url;
  for (size_t page = 0; page < kMaxPages; ++page) {
    const HttpResponse response = ask(request);
    parse_tree_page(response.body, request.url, entries);
    const std::string next = next_page(response.header("link"));
    if (next.empty()) {
      check_tree(entries, first);
      return entries;
    }
    request.url = resolve_url(request.url, next);
    if (request.url.empty()) throw error(ErrorCode::kHub, "{}: its next page \"{}\" is no web address", first, quote_stranger(next));
  }
  throw error(ErrorCode::kHub, "{}: more than {} pages", first, kMaxPages);
}

void HubClient::throw_refused(const HttpRequest& request, const HttpResponse& response) {
  const std::string code = response.header("x-error-code");
  const std::string reason = reason_of(response);
  const std::string page = repo_page_url(settings_, repo_);
  if (response.status == 407) {
    throw WayBlocked(ErrorCode::kHub,
                     fmt::format("{}: the proxy wants a name and a password: http_proxy=http://name:password@host:port", request.url));
  }
  if (url_origin(request.url) != url_origin(settings_.endpoint)) {  // the storage behind the Hub, which knows no tokens
    throw error(ErrorCode::kHub, "{}: {} answers {} ({}); try again later", repo_title(repo_), without_query(request.url), response.status,
                reason);
  }
  const std::string who = settings_.token.empty() ? "no token is set" : "the token's account has none";
  if (code == "GatedRepo") {
    throw error(ErrorCode::kHub, "{}: gated: {} ask for access at {}, then set HF_TOKEN to a token of that account ({})", repo_title(repo_),
                reason, page, who);
  }
  if (code == "RevisionNotFound") throw no_revision();
  if (code == "EntryNotFound") {
    throw error(ErrorCode::kHub, "{}: {} ({}): the file is not there; see {}/tree/{}", repo_title(repo_), request.url, reason, page,
                repo_.revision);
  }
  if (response.status == 401 && !settings_.token.empty() && code != "RepoNotFound") {
    throw error(ErrorCode::kHub, "{}: the Hub does not accept the token ({}); make one at {}/settings/tokens and put it into HF_TOKEN",
                repo_title(repo_), reason, settings_.endpoint);
  }
  if (code == "RepoNotFound" || response.status == 401) throw no_repo();
  if (response.status == 403) {
    throw error(ErrorCode::kHub, "{}: forbidden: {}; the token in HF_TOKEN needs the right to do this: {}/settings/tokens",
                repo_title(repo_), reason, settings_.endpoint);
  }
  throw error(ErrorCode::kHub, "{}: {} {}: {}", repo_title(repo_), request.url, response.status, reason);
}

std::string HubClient::near_repos() {
  const size_t slash = repo_.id.find('/');
  const std::string name = slash == std::string::npos ? repo_.id : repo_.id.substr(slash + 1);
  const std::string kind = repo_.type == RepoType::kModel ? "models" : "datasets";
  std::vector<std::string> found;
  // The Hub finds whole parts of names, so a misspelt end is cut off until something is found.
  for (size_t letters = name.size(); found.empty() && letters >= 3; letters = letters * 2 / 3) {
    HttpRequest request;
    request.url = fmt::format("{}/api/{}?search={}&limit=20", settings_.endpoint, kind, percent_encode(name.substr(0, letters), false));
    try {
      found = parse_search(ask_once(request).body, request.url);
    } catch (const Error&) {
      return "";  // names are a courtesy: the error that is told is the one of the repository
    }
  }
  std::vector<std::string_view> candidates(found.begin(), found.end());
  std::string near;
  for (int i = 0; i < 3 && !candidates.empty(); ++i) {
    const std::string_view nearest = nearest_name(repo_.id, candidates);
    near += (near.empty() ? "" : ", ") + std::string(nearest);
    std::erase(candidates, nearest);
  }
  return near;
}

Error HubClient::no_repo() {
  const std::string near = near_repos();
  const std::string remedy =
      settings_.token.empty() ? "or it is private and no token is set (HF_TOKEN)" : "or the token in HF_TOKEN may not see it";
  return error(ErrorCode::kHub, "{}: {} has no such repository, {}{}{}", repo_title(repo_), settings_.endpoint, remedy,
               near.empty() ? "" : "; nearest: ", near);
}

RevisionMissing HubClient::no_revision() {
  std::string known;
  try {
    HttpRequest request;
    request.url = repo_api_url(settings_, repo_, "refs");
    const std::vector<std::string> names = parse_refs(ask_once(request).body, request.url);
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    if (!names.empty()) known = fmt::format("; nearest: {}", quote_stranger(std::string(nearest_name(repo_.revision, candidates))));
  } catch (const Error&) {
    // A courtesy, too.
  }
  return RevisionMissing(ErrorCode::kHub, fmt::format("{}: no branch, tag or commit \"{}\"{}", repo_title(repo_), repo_.revision, known));
}

}  // namespace crossrank
