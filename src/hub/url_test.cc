#include "hub/url.h"

#include <gtest/gtest.h>

namespace crossrank {
namespace {

TEST(UrlTest, everything_that_could_mean_something_is_encoded) {
  EXPECT_EQ(percent_encode("a-b._~Z9", false), "a-b._~Z9");
  EXPECT_EQ(percent_encode("refs/pr/1", false), "refs%2Fpr%2F1");
  EXPECT_EQ(percent_encode("a b/\xC3\xA9?#%&", true), "a%20b/%C3%A9%3F%23%25%26");
}

TEST(UrlTest, models_lie_at_the_root_and_data_sets_below_datasets) {
  const HubSettings settings{.endpoint = "https://h", .cache = {}, .token = ""};
  EXPECT_EQ(file_url(settings, {"o/n"}, "refs/pr/1", "a b/c"), "https://h/o/n/resolve/refs%2Fpr%2F1/a%20b/c");
  EXPECT_EQ(file_url(settings, {"o/n", RepoType::kDataset}, "main", "c"), "https://h/datasets/o/n/resolve/main/c");
  EXPECT_EQ(repo_api_url(settings, {"o/n"}, "refs"), "https://h/api/models/o/n/refs");
  EXPECT_EQ(repo_api_url(settings, {"n", RepoType::kDataset}, "refs"), "https://h/api/datasets/n/refs");
}

TEST(UrlTest, an_origin_is_scheme_host_and_port) {
  EXPECT_EQ(url_origin("https://Hub.Example/a/b?c"), "https://hub.example:443");
  EXPECT_EQ(url_origin("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
  EXPECT_EQ(url_origin("https://hub.example:443/"), url_origin("HTTPS://HUB.example"));
  EXPECT_EQ(url_origin("http://hub@evil.example/"), "http://evil.example:80");  // a name before "@" is no host
  EXPECT_NE(url_origin("http://hub.example"), url_origin("https://hub.example"));
  EXPECT_NE(url_origin("https://hub.example"), url_origin("https://hub.example.evil"));
  for (const char* url : {"", "hub.example", "/a", "ftp://h/a", "file:///etc/passwd", "https://", "javascript:x"})
    EXPECT_EQ(url_origin(url), "") << url;
}

TEST(UrlTest, redirects_lead_from_where_they_were_given) {
  EXPECT_EQ(resolve_url("https://h/a/b?c", "/d"), "https://h/d");
  EXPECT_EQ(resolve_url("https://h/a/b", "c"), "https://h/a/c");
  EXPECT_EQ(resolve_url("https://h/a", "//other/b"), "https://other/b");
  EXPECT_EQ(resolve_url("https://h/a", "https://cdn/x?Signature=1"), "https://cdn/x?Signature=1");
  EXPECT_EQ(resolve_url("https://h/a", "file:///etc/passwd"), "");
  EXPECT_EQ(resolve_url("https://h/a", "ftp://x/"), "");
}

}  // namespace
}  // namespace crossrank
