#include "fetch.h"

#include <archive.h>
#include <archive_entry.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <utility>

#include "app/dripping_server.h"
#include "catch.h"
#include "core/file.h"
#include "download.h"
#include "floatsd/core/error.h"
#include "temporary_folder.h"

using floatsd::Error;
using floatsd::read_file;
using floatsd::write_file;
using floatsd::app::Checksum;
using floatsd::app::compute;
using floatsd::app::Digest;
using floatsd::app::fetch;
using floatsd::app::find_published;
using floatsd::app::PublishedDataset;

namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

/// A gzipped tar archive of these files, after an entry for their folder.
std::string tar_gz(const Files& files) {
  const std::unique_ptr<archive, int (*)(archive*)> out(::archive_write_new(),
                                                        ::archive_write_free);
  std::string bytes(1 << 16, '\0');
  size_t used = 0;
  ::archive_write_add_filter_gzip(out.get());
  ::archive_write_set_format_ustar(out.get());
  ::archive_write_open_memory(out.get(), bytes.data(), bytes.size(), &used);
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(::archive_entry_new(),
                                                                       ::archive_entry_free);
  const auto add = [&](const std::string& path, unsigned type, const std::string& content) {
    ::archive_entry_clear(entry.get());
    ::archive_entry_set_pathname(entry.get(), path.c_str());
    ::archive_entry_set_filetype(entry.get(), type);
    ::archive_entry_set_perm(entry.get(), 0755);
    ::archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
    ::archive_write_header(out.get(), entry.get());
    ::archive_write_data(out.get(), content.data(), content.size());
  };
  add("pictures/", AE_IFDIR, "");
  for (const auto& [name, content] : files) {
    add("pictures/" + name, AE_IFREG, content);
  }
  ::archive_write_close(out.get());
  bytes.resize(used);
  return bytes;
}

const Files kFiles = {{"readme", "not asked for"}, {"a.bin", "pixels of a"}, {"b.bin", ""}};

/// What is published: a.bin and b.bin of kFiles in an archive of these bytes, in this folder.
PublishedDataset published(const std::filesystem::path& mirror, const std::string& archive) {
  return {.name = "pictures",
          .mirrors = {"file://" + mirror.string()},
          .files = {{"a.bin", 11, compute(Digest::kMd5, "pixels of a")},
                    {"b.bin", 0, compute(Digest::kMd5, "")}},
          .archive = {{"pictures.tar.gz", 3000000, compute(Digest::kSha256, archive)}}};
}

struct Mirror {
  explicit Mirror(std::string bytes) : archive(std::move(bytes)) {
    write_file(folder / "pictures.tar.gz", archive);
  }
  [[nodiscard]] PublishedDataset dataset() const { return published(folder.path(), archive); }
  [[nodiscard]] std::string url() const {
    return "file://" + (folder / "pictures.tar.gz").string();
  }

  std::string archive;
  TemporaryFolder folder;
};

std::string lines_of(const PublishedDataset& dataset, const std::filesystem::path& folder) {
  std::ostringstream lines;
  fetch(dataset, folder, lines);
  return lines.str();
}

size_t count_files(const std::filesystem::path& folder) {
  return std::distance(std::filesystem::directory_iterator(folder), {});
}

}  // namespace

TEST_CASE("The digests of an empty text are the well-known ones", "[fetch]") {
  CHECK(compute(Digest::kMd5, "").digits == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(compute(Digest::kSha256, "").digits ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("The files of an archive are unpacked, and only those asked for", "[fetch]") {
  const Mirror mirror(tar_gz(kFiles));
  const TemporaryFolder root;
  const auto folder = root / "pictures";
  CHECK(lines_of(mirror.dataset(), folder) ==
        "pictures.tar.gz: fetching 3 MB\n" + (folder / "a.bin").string() + ": unpacked from " +
            mirror.url() + "\n" + (folder / "b.bin").string() + ": unpacked from " + mirror.url() +
            "\n");
  CHECK(read_file(folder / "a.bin") == "pixels of a");
  CHECK(read_file(folder / "b.bin").empty());
  CHECK(count_files(folder) == 2);
}

TEST_CASE("Files that are there already need no mirror", "[fetch]") {
  const TemporaryFolder folder;
  write_file(folder / "a.bin", "pixels of a");
  write_file(folder / "b.bin", "");
  CHECK(lines_of(published("/nowhere", ""), folder.path()) ==
        "a.bin: already in " + folder.path().string() + "\nb.bin: already in " +
            folder.path().string() + "\n");
}

TEST_CASE("A damaged file is replaced from the archive, and the others stay", "[fetch]") {
  const Mirror mirror(tar_gz(kFiles));
  const TemporaryFolder folder;
  write_file(folder / "a.bin", "pixels");
  write_file(folder / "b.bin", "");
  const std::filesystem::file_time_type long_ago{std::chrono::hours(1)};
  std::filesystem::last_write_time(folder / "b.bin", long_ago);
  lines_of(mirror.dataset(), folder.path());
  CHECK(read_file(folder / "a.bin") == "pixels of a");
  CHECK(std::filesystem::last_write_time(folder / "b.bin") == long_ago);
}

TEST_CASE("An archive with another checksum is refused and nothing is left", "[fetch]") {
  const Mirror mirror(tar_gz(kFiles));
  PublishedDataset dataset = mirror.dataset();
  dataset.archive->checksum = compute(Digest::kSha256, "");
  const TemporaryFolder root;
  CHECK_THROWS_WITH(lines_of(dataset, root / "pictures"),
                    "pictures.tar.gz: could not be fetched: " + mirror.url() +
                        ": content with SHA-256 " +
                        compute(Digest::kSha256, mirror.archive).digits + ", expected " +
                        dataset.archive->checksum.digits);
  CHECK(count_files(root.path()) == 0);
}

TEST_CASE("The next mirror is asked where one fails", "[fetch]") {
  const Mirror mirror(tar_gz(kFiles));
  const TemporaryFolder root;
  PublishedDataset dataset = mirror.dataset();
  dataset.mirrors.insert(dataset.mirrors.begin(), "file://" + (root / "none").string());
  lines_of(dataset, root / "pictures");
  CHECK(read_file(root / "pictures/a.bin") == "pixels of a");
}

TEST_CASE("An archive without one of the files is named", "[fetch]") {
  const Mirror mirror(tar_gz({kFiles[1]}));
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(lines_of(mirror.dataset(), folder.path()),
                    mirror.url() + ": no b.bin in it, expected one");
}

TEST_CASE("A file of the archive with other content is refused and not written", "[fetch]") {
  const Mirror mirror(tar_gz({{"a.bin", "other"}}));
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(lines_of(mirror.dataset(), folder.path()),
                    mirror.url() + ", a.bin: content with MD5 " +
                        compute(Digest::kMd5, "other").digits + ", expected " +
                        compute(Digest::kMd5, "pixels of a").digits);
  CHECK(count_files(folder.path()) == 0);
}

TEST_CASE("An archive that is none or is cut off is refused with its reason", "[fetch]") {
  const std::string whole = tar_gz({{"a.bin", std::string(5000, 'a')}});
  for (const std::string& bytes :
       {std::string("<html>log in first</html>"), whole.substr(0, whole.size() / 2)}) {
    const Mirror mirror(bytes);
    const TemporaryFolder folder;
    CHECK_THROWS_WITH(lines_of(mirror.dataset(), folder.path()),
                      Catch::StartsWith(mirror.url() + ": ") &&
                          Catch::EndsWith(", expected an intact tar archive"));
    CHECK(count_files(folder.path()) == 0);
  }
}

TEST_CASE("A mirror that sends more than is published is left at once", "[fetch]") {
  const Mirror mirror(tar_gz(kFiles));
  PublishedDataset dataset = mirror.dataset();
  dataset.archive->bytes = mirror.archive.size() - 1;
  const TemporaryFolder root;
  CHECK_THROWS_WITH(lines_of(dataset, root / "pictures"),
                    Catch::EndsWith(": more than " + std::to_string(dataset.archive->bytes) +
                                    " bytes, expected no more"));
  dataset.mirrors = {"file:///dev/zero?"};  // endless
  CHECK_THROWS_AS(lines_of(dataset, root / "pictures"), Error);
  CHECK(count_files(root.path()) == 0);
}

TEST_CASE("A server that drips its bytes is left after some seconds", "[fetch]") {
  ::setenv("no_proxy", "127.0.0.1", /*overwrite=*/1);
  const DrippingServer server;
  const floatsd::app::Patience patience{.bytes_per_second = 1000, .seconds = 1};
  CHECK_THROWS_WITH(
      floatsd::app::download(server.url(), 1000, patience),
      Catch::Matchers::StartsWith(server.url() + ": ") && Catch::Matchers::Contains("too slow"));
}

TEST_CASE("CIFAR-10 is the archive that its publisher's page names, with six files", "[fetch]") {
  const PublishedDataset& cifar10 = find_published("cifar10");
  REQUIRE(cifar10.archive);
  CHECK(cifar10.archive->name == "cifar-10-binary.tar.gz");
  CHECK(cifar10.archive->bytes == 170052171);
  CHECK(cifar10.files.size() == 6);
  for (const auto& file : cifar10.files) {
    CHECK(file.content.digits.size() == 32);
  }
}

TEST_CASE("An unknown published data set is answered with a suggestion", "[fetch]") {
  CHECK_THROWS_WITH(find_published("cifar-10"),
                    "data set 'cifar-10' is unknown: did you mean 'cifar10'?");
}
