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

/// Of a download whose size the server tells.
int tell(void* to, curl_off_t total, curl_off_t done, curl_off_t /*upload*/, curl_off_t /*sent*/) {
  const auto& [on_progress, name] = *static_cast<std::pair<OnProgress, std::string>*>(to);
  if (total > 0) {
    on_progress({.stage = name, .unit = "bytes", .done = int64_t{done}, .total = int64_t{total}});
  }
  return 0;
}

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

std::string download(const std::string& url, size_t most, const Patience& patience,
                     const OnProgress& on_progress) {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(::curl_easy_init(), ::curl_easy_cleanup);
  if (curl == nullptr) {
    throw std::bad_alloc();
  }
  Received received{.bytes = {}, .most = most, .is_too_long = false};
  std::pair progress(on_progress, url.substr(url.rfind('/') + 1));
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
  if (on_progress) {
    ::curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
    ::curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, tell);
    ::curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &progress);
  }
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
