#include "torch/own_address.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/error.h"

namespace crossrank {
namespace {

bool is_loopback(const std::string& address) { return address.starts_with("127.") || address == "::1" || address == "localhost"; }

}  // namespace

std::string own_address(const std::string& host, int port, bool on_other_machines) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (const int problem = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found); problem != 0) {
    throw error(ErrorCode::kIo, "MASTER_ADDR={}: {}", host, gai_strerror(problem));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> all(found, &freeaddrinfo);
  int reason = ENETUNREACH;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    const int descriptor = socket(one->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) continue;
    // Nothing is sent: a datagram's socket only looks up the way.
    sockaddr_storage own{};
    socklen_t size = sizeof own;
    const bool known =
        connect(descriptor, one->ai_addr, one->ai_addrlen) == 0 && getsockname(descriptor, reinterpret_cast<sockaddr*>(&own), &size) == 0;
    reason = errno;
    close(descriptor);
    char text[NI_MAXHOST];
    if (!known || getnameinfo(reinterpret_cast<const sockaddr*>(&own), size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0) continue;
    if (!on_other_machines || !is_loopback(text) || is_loopback(host)) return text;
    throw error(ErrorCode::kIo,
                "MASTER_ADDR={}: here it means {}, by which no other machine reaches this one; give the address that this machine has on "
                "their network",
                host, text);
  }
  throw error(ErrorCode::kIo, "MASTER_ADDR={}: no way to it: {}", host, std::strerror(reason));
}

}  // namespace crossrank
