#include "download.h"

#include <curl/curl.h>

#include <memory>
#include <new>
#include <utility>

#include "floatsd/core/error.h"

namespace floatsd::app {
namespace {

constexpr long kConnectSeconds = 10;

struct Received {
  std::string bytes;
  size_t most = 0;
  bool is_too_long = false;
};

/// Takes less than it is offered, which ends the download, if that would be too long.
size_t append(const char* piece, size_t size, size_t count, void* to) {
  auto& received = *static_cast<Received*>(to);
  received.is_too_long = size * count > received.most - received.bytes.size();
  if (received.is_too_long) {
    return 0;
  }
  received.bytes.append(piece, size * count);
  return size * count;
}

}  // namespace

std::string download(const std::string& url, size_t most, const Patience& patience) {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(::curl_easy_init(), ::curl_easy_cleanup);
  if (curl == nullptr) {
    throw std::bad_alloc();
  }
  Received received{.bytes = {}, .most = most, .is_too_long = false};
  char reason[CURL_ERROR_SIZE] = "";
  ::curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  ::curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 1L);
  ::curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
  ::curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  ::curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_LIMIT, patience.bytes_per_second);
  ::curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_TIME, patience.seconds);
  ::curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, reason);
  ::curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append);
  ::curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &received);
  const CURLcode code = ::curl_easy_perform(curl.get());
  if (received.is_too_long) {
    throw Error(url + ": more than " + std::to_string(most) + " bytes, expected no more");
  }
  if (code != CURLE_OK) {
    throw Error(url + ": " + (reason[0] != '\0' ? reason : ::curl_easy_strerror(code)));
  }
  return std::move(received.bytes);
}

}  // namespace floatsd::app
