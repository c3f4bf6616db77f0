// HubClient: requests to a Hub: with its token, along its redirects, again where that helps; what it refuses becomes an Error.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crossrank/error.h"
#include "hub/answers.h"
#include "hub/http.h"
#include "hub/hub.h"

namespace crossrank {

/// The exchange may well succeed later: the connection broke, or the Hub is busy.
class Transient : public Error {
 public:
  Transient(const std::string& message, std::optional<int64_t> retry_after_s = {}, bool unreachable = false)
      : Error(ErrorCode::kHub, message), retry_after_s_(retry_after_s), unreachable_(unreachable) {}
  std::optional<int64_t> retry_after_s() const { return retry_after_s_; }
  bool unreachable() const { return unreachable_; }

 private:
  std::optional<int64_t> retry_after_s_;
  bool unreachable_;  // nobody answers at that address: two attempts more are enough
};

/// The repository is there, the revision is not: no cached copy may stand in for it.
class RevisionMissing : public Error {
 public:
  using Error::Error;
};

/// The way to the Hub is misconfigured (proxy, certificates): hidden by a cached copy, it would never be mended.
class WayBlocked : public Error {
 public:
  using Error::Error;
};

/// Attempts made at an unreachable host after the first.
inline constexpr int kUnreachableAttempts = 2;

/// Not for several threads: each makes its own.
class HubClient {
 public:
  HubClient(const HubSettings& settings, const HubRepo& repo) : settings_(settings), repo_(repo), connection_(settings) {}

  /// One answer of 2xx, or of the status that the request allows, at the end of the redirects, which see the token only where they stay at
  /// the endpoint's origin. Transient, or Error(kHub) with what the Hub said and what to do.
  HttpResponse ask_once(const HttpRequest& request);
  /// The same, again after waiting while the problem is transient; `before_retry` is told each time.
  HttpResponse ask(const HttpRequest& request, const std::function<void()>& before_retry = {});

  /// The commit that the repository's revision is now. `once`: without second attempts, as there is a cached copy to fall back on.
  std::string commit(bool once);
  /// Every file of a commit, sorted by path.
  std::vector<RepoEntry> tree(const std::string& commit);

 private:
  HttpResponse follow(HttpRequest& request);
  [[noreturn]] void throw_refused(const HttpRequest& request, const HttpResponse& response);
  Error no_repo();
  RevisionMissing no_revision();
  std::string near_repos();

  HubSettings settings_;
  HubRepo repo_;
  HttpConnection connection_;
};

}  // namespace crossrank
