#include "core/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <thread>

#include "catch.h"
#include "floatsd/core/error.h"
#include "temporary_folder.h"

TEST_CASE("A file that was written is read back, zero bytes included", "[file]") {
  const TemporaryFolder folder;
  const std::string bytes("a\0b\n", 4);
  floatsd::write_file(folder / "f", bytes);
  CHECK(floatsd::read_file(folder / "f") == bytes);
  floatsd::write_file(folder / "f", "shorter");
  CHECK(floatsd::read_file(folder / "f") == "shorter");
}

TEST_CASE("A file that cannot be read or written is named with the reason", "[file]") {
  const TemporaryFolder folder;
  const std::string missing = (folder / "none" / "f").string();
  CHECK_THROWS_WITH(floatsd::read_file(missing),
                    missing + ": cannot be read: No such file or directory");
  const std::string long_name(300, 'x');
  CHECK_THROWS_WITH(floatsd::read_file(long_name),
                    long_name + ": cannot be read: File name too long");
  CHECK_THROWS_WITH(floatsd::write_file(missing, "x"),
                    missing + ": cannot be written: No such file or directory");
}

TEST_CASE("Whether a file can be written is known before, and leaves nothing", "[file]") {
  const TemporaryFolder folder;
  const std::string missing = (folder / "none" / "f").string();
  CHECK_THROWS_WITH(floatsd::require_writable(missing),
                    missing + ": cannot be written: No such file or directory");
  CHECK_THROWS_AS(floatsd::require_writable(folder.path()), floatsd::Error);
  floatsd::write_file(folder / "f", "x");
  floatsd::require_writable(folder / "f");
  floatsd::require_writable(folder / "new");
  CHECK(floatsd::read_file(folder / "f") == "x");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("A write that fails at its last step leaves nothing behind", "[file]") {
  // A folder where the file should go makes the last step, the rename, fail.
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "f" / "inside");
  CHECK_THROWS_AS(floatsd::write_file(folder / "f", "x"), floatsd::Error);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("A file that is replaced keeps its mode, and a new one has the umask's", "[file]") {
  using std::filesystem::perms;
  const TemporaryFolder folder;
  const auto mode = [&] { return std::filesystem::status(folder / "f").permissions(); };
  const mode_t before = ::umask(027);
  floatsd::write_file(folder / "f", "new");
  ::umask(before);
  CHECK(mode() == static_cast<perms>(0640));
  for (const int bits : {0600, 0644, 0755}) {
    std::filesystem::permissions(folder / "f", static_cast<perms>(bits));
    floatsd::write_file(folder / "f", "again");
    CHECK(mode() == static_cast<perms>(bits));
  }
}

TEST_CASE("A symbolic link is written through, also to a file that is not there yet", "[file]") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "elsewhere");
  std::filesystem::create_symlink("elsewhere/second", folder / "first");
  std::filesystem::create_symlink("file", folder / "elsewhere/second");
  for (const char* text : {"new", "again"}) {
    floatsd::write_file(folder / "first", text);
    CHECK(floatsd::read_file(folder / "elsewhere/file") == text);
    CHECK(std::filesystem::is_symlink(folder / "first"));
    CHECK(std::filesystem::is_symlink(folder / "elsewhere/second"));
  }
}

TEST_CASE("A loop of symbolic links is refused by its reason", "[file]") {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("loop", folder / "loop");
  const std::string loop = (folder / "loop").string();
  CHECK_THROWS_WITH(floatsd::read_file(loop),
                    loop + ": cannot be read: Too many levels of symbolic links");
  CHECK_THROWS_WITH(floatsd::write_file(loop, "x"),
                    loop + ": cannot be written: Too many levels of symbolic links");
}

TEST_CASE("What is open already, as a shell's stdout, is not replaced", "[file]") {
  for (const char* path : {"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}) {
    CHECK_THROWS_WITH(floatsd::write_file(path, "x"),
                      std::string(path) +
                          ": cannot be written: it is open already, expected "
                          "a file's path");
  }
}

TEST_CASE("A write follows no link and takes no file that has its temporary name", "[file]") {
  const TemporaryFolder folder;
  floatsd::write_file(folder / "precious", "kept");
  std::filesystem::create_symlink("precious", folder / "f.part");
  floatsd::write_file(folder / "f", "x");
  CHECK(floatsd::read_file(folder / "precious") == "kept");
  CHECK(std::filesystem::is_symlink(folder / "f.part"));
}

TEST_CASE("Two writers of one file leave one whole file and nothing beside it", "[file]") {
  const TemporaryFolder folder;
  const std::string one(1 << 16, '1');
  const std::string two(1 << 15, '2');
  {
    const auto write = [&](const std::string& bytes) {
      for (int i = 0; i < 20; ++i) {
        floatsd::write_file(folder / "f", bytes);
      }
    };
    const std::jthread first(write, one);
    const std::jthread second(write, two);
  }
  const std::string found = floatsd::read_file(folder / "f");
  CHECK((found == one || found == two));
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("A write removes what a killed one began, and nothing that is in use or of another name",
          "[file]") {
  const TemporaryFolder folder;
  const std::string in_use = "f.1-1.part";
  for (const std::string& name :
       {std::string("f.1-0.part"), std::string("f.77-123.part"), in_use, std::string("f.part"),
        std::string("f.1.part"), std::string("f.1-.part"), std::string("f.x-0.part"),
        std::string("g.1-0.part"), std::string("gf.1-0.part")}) {
    floatsd::write_file(folder / name, "begun");
  }
  std::filesystem::create_symlink("g.1-0.part", folder / "f.1-2.part");
  const int owner = ::open((folder / in_use).c_str(), O_RDONLY);
  REQUIRE(::flock(owner, LOCK_EX | LOCK_NB) == 0);
  floatsd::write_file(folder / "f", "x");
  std::set<std::string> left;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    left.insert(entry.path().filename());
  }
  CHECK(left == std::set<std::string>{"f", in_use, "f.part", "f.1.part", "f.1-.part", "f.x-0.part",
                                      "g.1-0.part", "gf.1-0.part", "f.1-2.part"});
  ::close(owner);
  floatsd::write_file(folder / "f", "x");
  CHECK_FALSE(std::filesystem::exists(folder / in_use));
}

TEST_CASE("A FIFO is refused, not waited for", "[file]") {
  const TemporaryFolder folder;
  const std::string fifo = (folder / "fifo").string();
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(floatsd::read_file(fifo),
                    fifo + ": cannot be read: it is a pipe or device, expected a regular file");
  CHECK_THROWS_WITH(floatsd::write_file(fifo, "x"),
                    fifo + ": cannot be written: it exists and is no regular file");
}
