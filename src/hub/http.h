// HTTP: one exchange over libcurl, whose whole use lies here. No redirects, no second attempts: client.h knows about those.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "hub/hub.h"

namespace crossrank {

/// Status and headers, and the body where nobody else took it.
struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case; of repeated ones the last
  std::string body;

  /// A header's value, or "".
  std::string header(const std::string& name) const;
};

/// Takes the bytes of a 2xx answer as they come. What it throws ends the exchange and reaches the caller.
using BodySink = std::function<void(const HttpResponse& head, std::string_view bytes)>;

/// Bytes of a file that are sent as the body.
struct FileSlice {
  std::filesystem::path path;
  int64_t offset = 0;
  int64_t size = 0;
  std::function<void(int64_t bytes)> sent = {};
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::string body;
  std::optional<FileSlice> upload = {};  // instead of `body`
  BodySink sink = {};                    // without one the body is kept, up to max_body_bytes
  size_t max_body_bytes = size_t{64} << 20;
  int stall_timeout_s = 0;  // 0: the settings'
  bool once = false;        // on a new connection: libcurl sends again, unasked, what a kept one lost
  int allowed_status = 0;   // a refusal that the caller takes as an answer; for client.h
};

/// A POST of JSON, where the headers say nothing else.
HttpRequest post(std::string url, std::string body, std::vector<std::string> headers = {"Content-Type: application/json"});

/// Why no answer came.
enum class TransportProblem { kUnreachable, kProxy, kTls, kStalled, kBroken, kTooLarge };

/// The exchange failed before there was a whole answer.
class TransportError : public std::runtime_error {
 public:
  TransportError(TransportProblem problem, const std::string& message) : std::runtime_error(message), problem_(problem) {}
  TransportProblem problem() const noexcept { return problem_; }

 private:
  TransportProblem problem_;
};

/// A connection that is kept for the next exchange with the same host. Not for several threads.
class HttpConnection {
 public:
  explicit HttpConnection(const HubSettings& settings);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  /// TransportError, or what the sink throws. A status of 4xx or 5xx is an answer like others.
  HttpResponse exchange(const HttpRequest& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace crossrank
