#include "tensorboard/event_file.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "catch.h"
#include "core/file.h"
#include "floatsd/core/error.h"
#include "temporary_folder.h"
#include "tensorboard/crc32c.h"

using namespace floatsd;
using namespace floatsd::tensorboard;

namespace {

void touch(const std::filesystem::path& file) { std::ofstream(file) << "x"; }

}  // namespace

TEST_CASE("A record is its length, the length's checksum, the bytes and theirs", "[event_file]") {
  const std::string found = record("abc");
  REQUIRE(found.size() == 8 + 4 + 3 + 4);
  const std::string length("\3\0\0\0\0\0\0\0", 8);
  const auto checksum = [](uint32_t number) {
    return std::string{static_cast<char>(number), static_cast<char>(number >> 8),
                       static_cast<char>(number >> 16), static_cast<char>(number >> 24)};
  };
  CHECK(found == length + checksum(masked_crc32c(length)) + "abc" + checksum(masked_crc32c("abc")));
}

TEST_CASE("A file begins with its version and the step from which it counts", "[event_file]") {
  const TemporaryFolder folder;
  const EventFile file(folder.path(), 7);
  const std::string bytes = read_file(file.path());
  CHECK(bytes.find("brain.Event:2") != std::string::npos);
  const std::string start("\x10\x07\x3a\x02\x08\x01", 6);  // step 7, session_log {status: START}
  CHECK(bytes.find(start) != std::string::npos);
}

TEST_CASE("Each event is in the file when it was added", "[event_file]") {
  const TemporaryFolder folder;
  const EventFile file(folder.path(), 0);
  const auto size = [&] { return std::filesystem::file_size(file.path()); };
  const auto before = size();
  file.add(1, {{"a", 1}});
  const auto after = size();
  CHECK(after > before);
  file.add(1, "t", std::string("text"));
  CHECK(size() > after);
}

TEST_CASE("A second file of a run comes after the first, even if the clock was set back",
          "[event_file]") {
  const TemporaryFolder folder;
  const std::string first = "events.out.tfevents.9000000000.host.99999.floatsd";
  touch(folder / first);
  const EventFile second(folder.path(), 1);
  CHECK(second.path().filename().string() > first);
  const EventFile third(folder.path(), 2);  // in the same second, by the same process
  CHECK(third.path().filename() > second.path().filename());
  CHECK(event_files(folder.path()) ==
        std::vector<std::filesystem::path>{folder / first, second.path(), third.path()});
}

TEST_CASE("Event files of other programs are not ours", "[event_file]") {
  const TemporaryFolder folder;
  for (const char* name :
       {"events.out.tfevents.1700000000.host.1.0", "events.out.tfevents.floatsd",
        "events.out.tfevents.17.host.1.floatsd", "events.out.tfevents.17000000000.h.floatsd"}) {
    touch(folder / name);
  }
  std::filesystem::create_directory(folder / "events.out.tfevents.1700000000.host.1.floatsd");
  CHECK(event_files(folder.path()).empty());
  CHECK(event_files(folder / "none").empty());
}

TEST_CASE("A folder that cannot be written to is named with the reason", "[event_file]") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(EventFile(folder / "none", 0),
                    Catch::Contains("cannot be written: No such file or directory") &&
                        Catch::StartsWith((folder / "none").string()));
}
