#pragma once
// A web server on this machine that sends a byte ten times a second and never ends.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <string_view>
#include <thread>

class DrippingServer {
 public:
  DrippingServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    ::bind(listener_, any, size);
    ::listen(listener_, 1);
    ::getsockname(listener_, any, &size);
    port_ = ::ntohs(address.sin_port);
    thread_ = std::jthread([this] { serve(); });
  }
  ~DrippingServer() {
    ::shutdown(listener_, SHUT_RDWR);  // ends a wait for a client that never came
    thread_.join();
    ::close(listener_);
  }
  DrippingServer(const DrippingServer&) = delete;
  DrippingServer& operator=(const DrippingServer&) = delete;

  [[nodiscard]] std::string url() const {
    return std::string("http://127.0.0.1:").append(std::to_string(port_)).append("/file");
  }

 private:
  void serve() const {
    const int client = ::accept(listener_, nullptr, nullptr);
    std::string_view piece = "HTTP/1.0 200 OK\r\n\r\n";
    while (::send(client, piece.data(), piece.size(), MSG_NOSIGNAL) > 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      piece = "x";
    }
    ::close(client);
  }

  int listener_;
  int port_ = 0;
  std::jthread thread_;
};
