#include "tensorboard/event_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <system_error>

#include "floatsd/core/error.h"
#include "tensorboard/crc32c.h"

namespace floatsd::tensorboard {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBegin = "events.out.tfevents.";
constexpr std::string_view kEnd = ".floatsd";
constexpr size_t kTimeDigits = 10;

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

template <typename Number>
std::string little_endian(Number number) {
  std::string bytes;
  for (size_t i = 0; i < sizeof number; ++i) {
    bytes += static_cast<char>(number >> (8 * i));
  }
  return bytes;
}

/// Letters, digits, '-' and '_' of the machine's name.
std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  std::string text = name.data();
  std::erase_if(text, [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '_'; });
  return text.empty() ? "localhost" : text;
}

/// The time in the name of an event file.
int64_t time_of(const fs::path& file) {
  return std::strtoll(file.filename().string().substr(kBegin.size(), kTimeDigits).c_str(), nullptr,
                      10);
}

/// Also if the clock was set back, or it is the same second.
fs::path next_name(const fs::path& folder) {
  auto time = static_cast<int64_t>(now());
  for (const fs::path& file : event_files(folder)) {
    time = std::max(time, time_of(file) + 1);
  }
  std::string digits = std::to_string(time);
  digits.insert(0, kTimeDigits - std::min(kTimeDigits, digits.size()), '0');
  return folder / (std::string(kBegin) + digits + "." + host_name() + "." +
                   std::to_string(::getpid()) + std::string(kEnd));
}

[[noreturn]] void fail(const fs::path& path, int reason) {
  throw Error(path.string() + ": cannot be written: " + std::generic_category().message(reason));
}

Descriptor create(const fs::path& path) {
  constexpr mode_t kMode = 0666;  // less what the user's mask takes
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, kMode));
  if (!file.is_open()) {
    fail(path, errno);
  }
  return file;
}

}  // namespace

std::string record(std::string_view bytes) {
  const std::string length = little_endian(uint64_t{bytes.size()});
  return length + little_endian(masked_crc32c(length)) + std::string(bytes) +
         little_endian(masked_crc32c(bytes));
}

std::vector<fs::path> event_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(folder, missing)) {
    const std::string name = entry.path().filename().string();
    const bool has_time =
        name.size() > kBegin.size() + kTimeDigits && name.starts_with(kBegin) &&
        name.find_first_not_of("0123456789", kBegin.size()) == kBegin.size() + kTimeDigits;
    if (has_time && name.ends_with(kEnd) && entry.is_regular_file(missing)) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

EventFile::EventFile(const fs::path& folder, int64_t first_step)
    : path_(next_name(folder)), file_(create(path_)) {
  append(version_event(now()));
  append(start_event({now(), first_step}));
}

void EventFile::add(int64_t step, const std::vector<Scalar>& scalars) const {
  append(scalars_event({now(), step}, scalars));
}

void EventFile::add(int64_t step, const std::string& tag, const Histogram& histogram) const {
  append(histogram_event({now(), step}, tag, histogram));
}

void EventFile::add(int64_t step, const std::string& tag, const std::string& markdown) const {
  append(text_event({now(), step}, tag, markdown));
}

void EventFile::append(const std::string& event) const {
  const std::string bytes = record(event);
  size_t done = 0;
  while (done < bytes.size()) {  // at once, unless the disk is full or a signal comes
    const ssize_t written = ::write(file_.number(), bytes.data() + done, bytes.size() - done);
    if (written < 0 && errno != EINTR) {
      fail(path_, errno);
    }
    done += static_cast<size_t>(std::max<ssize_t>(written, 0));
  }
}

}  // namespace floatsd::tensorboard
