#include "floatsd/core/file.h"

#include <filesystem>

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

TEST_CASE("A write that fails at its last step leaves nothing behind", "[file]") {
  // A folder where the file should go makes the last step, the rename, fail.
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "f" / "inside");
  CHECK_THROWS_AS(floatsd::write_file(folder / "f", "x"), floatsd::Error);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}
