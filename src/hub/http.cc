#include "hub/http.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <exception>
#include <new>

#include "base/error.h"

namespace crossrank {
namespace {

constexpr size_t kMaxHeaderBytes = 256 << 10;

// libcurl wants to be started once, before there are threads that use it.
void start_curl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw error(ErrorCode::kHub, "libcurl cannot start: {}", curl_easy_strerror(started));
}

// One exchange as libcurl's callbacks see it. An exception may not pass through C: it waits in `thrown`.
struct Exchange {
  const HttpRequest& request;
  HttpResponse response = {};
  size_t header_bytes = 0;
  int64_t sent = 0;
  int upload_descriptor = -1;
  bool too_large = false;
  std::exception_ptr thrown = {};

  explicit Exchange(const HttpRequest& asked) : request(asked) {
    if (!request.upload) return;
    upload_descriptor = ::open(request.upload->path.c_str(), O_RDONLY | O_CLOEXEC);
    if (upload_descriptor < 0) throw error(ErrorCode::kIo, "{}: {}", request.upload->path.string(), std::strerror(errno));
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange() {
    if (upload_descriptor >= 0) ::close(upload_descriptor);
  }

  void take_header(std::string_view line) {
    header_bytes += line.size();
    if (line.starts_with("HTTP/")) {  // of a 100 Continue, of a proxy, then of the answer: the last one counts
      response.headers.clear();
      const size_t space = line.find(' ');
      response.status = space == std::string_view::npos ? 0 : std::atoi(std::string(line.substr(space + 1, 3)).c_str());
      return;
    }
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const size_t first = line.find_first_not_of(" \t", colon + 1);
    const size_t last = line.find_last_not_of(" \t\r\n");
    response.headers[name] = first == std::string_view::npos || last < first ? "" : std::string(line.substr(first, last - first + 1));
  }

  void take_body(std::string_view bytes) {
    if (request.sink && response.status / 100 == 2) return request.sink(response, bytes);
    too_large = response.body.size() + bytes.size() > request.max_body_bytes;
    if (!too_large) response.body += bytes;
  }
};

size_t on_header(char* data, size_t, size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  try {
    exchange.take_header({data, size});
  } catch (...) {
    exchange.thrown = std::current_exception();
  }
  return exchange.thrown || exchange.header_bytes > kMaxHeaderBytes ? 0 : size;
}

size_t on_body(char* data, size_t, size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  try {
    exchange.take_body({data, size});
  } catch (...) {
    exchange.thrown = std::current_exception();
  }
  return exchange.thrown || exchange.too_large ? CURL_WRITEFUNC_ERROR : size;
}

size_t on_read(char* data, size_t, size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const FileSlice& slice = *exchange.request.upload;
  const auto wanted = static_cast<size_t>(std::min<int64_t>(static_cast<int64_t>(size), slice.size - exchange.sent));
  ssize_t count = 0;
  do {
    count = ::pread(exchange.upload_descriptor, data, wanted, slice.offset + exchange.sent);
  } while (count < 0 && errno == EINTR);
  if (count < 0 || (count == 0 && wanted > 0)) {
    exchange.thrown = std::make_exception_ptr(
        error(ErrorCode::kIo, "{}: {} while it was uploaded", slice.path.string(), count < 0 ? std::strerror(errno) : "became shorter"));
    return CURL_READFUNC_ABORT;
  }
  exchange.sent += count;
  try {
    if (slice.sent) slice.sent(count);
  } catch (...) {
    exchange.thrown = std::current_exception();
    return CURL_READFUNC_ABORT;
  }
  return static_cast<size_t>(count);
}

// A connection that was kept and closed by the other side is tried anew by libcurl, which wants the body again.
int on_seek(void* user, curl_off_t offset, int origin) {
  if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Exchange*>(user)->sent = offset;
  return CURL_SEEKFUNC_OK;
}

TransportProblem problem_of(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return TransportProblem::kUnreachable;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
      return TransportProblem::kProxy;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CERTPROBLEM:
      return TransportProblem::kTls;
    case CURLE_OPERATION_TIMEDOUT:
      return TransportProblem::kStalled;
    default:
      return TransportProblem::kBroken;
  }
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

}  // namespace

std::string HttpResponse::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

HttpRequest post(std::string url, std::string body, std::vector<std::string> headers) {
  HttpRequest request;
  request.method = "POST";
  request.url = std::move(url);
  request.headers = std::move(headers);
  request.body = std::move(body);
  return request;
}

struct HttpConnection::State {
  const HubSettings settings;
  CURL* curl = nullptr;
  std::array<char, CURL_ERROR_SIZE> message = {};

  explicit State(const HubSettings& given) : settings(given) {
    start_curl();
    curl = curl_easy_init();
    if (curl == nullptr) throw std::bad_alloc();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { curl_easy_cleanup(curl); }

  void set_common(const HttpRequest& request) {
    curl_easy_reset(curl);  // options alone: connections stay
    message.fill(0);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message.data());
    curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "crossrank/" CROSSRANK_VERSION);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(settings.connect_timeout_s));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, request.once ? 1L : 0L);
    const int stall = request.stall_timeout_s > 0 ? request.stall_timeout_s : settings.stall_timeout_s;
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(stall));
    if (!settings.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, settings.ca_file.c_str());
  }

  void set_body(const HttpRequest& request, Exchange& exchange) {
    if (request.upload) {
      curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
      curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.upload->size));
      curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
      curl_easy_setopt(curl, CURLOPT_READDATA, &exchange);
      curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, on_seek);
      curl_easy_setopt(curl, CURLOPT_SEEKDATA, &exchange);
    } else if (request.method == "POST") {
      curl_easy_setopt(curl, CURLOPT_POST, 1L);
      curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
      curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    }
  }
};

HttpConnection::HttpConnection(const HubSettings& settings) : state_(std::make_unique<State>(settings)) {}
HttpConnection::~HttpConnection() = default;

HttpResponse HttpConnection::exchange(const HttpRequest& request) {
  CURL* curl = state_->curl;
  Exchange exchange(request);
  state_->set_common(request);
  state_->set_body(request, exchange);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
  std::unique_ptr<curl_slist, FreeList> headers(curl_slist_append(nullptr, "Expect:"));  // no wait for a 100 Continue
  for (const std::string& header : request.headers) headers.reset(curl_slist_append(headers.release(), header.c_str()));
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());

  const CURLcode code = curl_easy_perform(curl);
  if (exchange.thrown) std::rethrow_exception(exchange.thrown);
  if (exchange.too_large || exchange.header_bytes > kMaxHeaderBytes) {
    throw TransportError(TransportProblem::kTooLarge, fmt::format("an answer of more than {} MiB", request.max_body_bytes >> 20));
  }
  if (code != CURLE_OK) {
    const char* said = state_->message[0] != 0 ? state_->message.data() : curl_easy_strerror(code);
    throw TransportError(problem_of(code), said);
  }
  return std::move(exchange.response);
}

}  // namespace crossrank
