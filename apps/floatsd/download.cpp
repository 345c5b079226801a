#include "download.h"

#include <curl/curl.h>

#include <memory>
#include <new>

#include "floatsd/core/error.h"

namespace floatsd::app {
namespace {

constexpr long kConnectSeconds = 10;
constexpr long kStalledSeconds = 30;

size_t append(const char* piece, size_t size, size_t count, void* bytes) {
  static_cast<std::string*>(bytes)->append(piece, size * count);
  return size * count;
}

}  // namespace

std::string download(const std::string& url) {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(::curl_easy_init(), ::curl_easy_cleanup);
  if (curl == nullptr) {
    throw std::bad_alloc();
  }
  std::string bytes;
  char reason[CURL_ERROR_SIZE] = "";
  ::curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  ::curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 1L);
  ::curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
  ::curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  ::curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_LIMIT, 1L);
  ::curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_TIME, kStalledSeconds);
  ::curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, reason);
  ::curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append);
  ::curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &bytes);
  const CURLcode code = ::curl_easy_perform(curl.get());
  if (code != CURLE_OK) {
    throw Error(url + ": " + (reason[0] != '\0' ? reason : ::curl_easy_strerror(code)));
  }
  return bytes;
}

}  // namespace floatsd::app
