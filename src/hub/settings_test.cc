#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "crossrank/error.h"
#include "hub/hub.h"
#include "hub/test_in_folder.h"

namespace crossrank {
namespace {

constexpr const char* kVariables[] = {"HF_ENDPOINT",
                                      "HF_HOME",
                                      "HF_HUB_CACHE",
                                      "HUGGINGFACE_HUB_CACHE",
                                      "HF_TOKEN",
                                      "HUGGING_FACE_HUB_TOKEN",
                                      "HF_TOKEN_PATH",
                                      "HF_HUB_DISABLE_IMPLICIT_TOKEN",
                                      "HF_HUB_OFFLINE",
                                      "TRANSFORMERS_OFFLINE",
                                      "HF_HUB_DOWNLOAD_TIMEOUT",
                                      "HF_HUB_ETAG_TIMEOUT",
                                      "SSL_CERT_FILE",
                                      "REQUESTS_CA_BUNDLE",
                                      "CURL_CA_BUNDLE",
                                      "XDG_CACHE_HOME",
                                      "HOME",
                                      "CROSSRANK_HUB_CONNECTIONS",
                                      "CROSSRANK_HUB_PART_BYTES",
                                      "CROSSRANK_HUB_RETRIES",
                                      "CROSSRANK_HUB_RETRY_WAIT_MS"};

// An environment of its own: only HOME, which is the test's folder.
class SettingsTest : public TestInFolder {
 protected:
  void SetUp() override {
    for (const char* name : kVariables) {
      if (const char* value = std::getenv(name)) before[name] = value;
      ::unsetenv(name);
    }
    set("HOME", folder.string());
  }
  void TearDown() override {
    for (const char* name : kVariables) {
      if (before.contains(name)) set(name, before[name]);
      else ::unsetenv(name);
    }
  }
  static void set(const char* name, const std::string& value) { ::setenv(name, value.c_str(), 1); }
  static std::string usage_error() {
    try {
      hub_settings_from_environment();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUsage);
      return error.what();
    }
    return "";
  }

  std::map<std::string, std::string> before;
};

TEST_F(SettingsTest, without_variables_they_are_huggingface_hubs_own) {
  const HubSettings settings = hub_settings_from_environment();
  EXPECT_EQ(settings.endpoint, "https://huggingface.co");
  EXPECT_EQ(settings.cache, folder / ".cache/huggingface/hub");
  EXPECT_EQ(settings.token, "");
  EXPECT_FALSE(settings.offline);
}

TEST_F(SettingsTest, the_cache_is_the_nearest_variable_that_names_one) {
  set("XDG_CACHE_HOME", "/xdg");
  EXPECT_EQ(hub_settings_from_environment().cache, "/xdg/huggingface/hub");
  set("HF_HOME", "~/hf");
  EXPECT_EQ(hub_settings_from_environment().cache, folder / "hf/hub");
  set("HF_HUB_CACHE", "$HF_HOME/${XDG_CACHE_HOME}/$NOT_SET_ANYWHERE/x");
  EXPECT_EQ(hub_settings_from_environment().cache, "~/hf//xdg/$NOT_SET_ANYWHERE/x");
}

TEST_F(SettingsTest, the_token_is_the_variable_or_the_file_that_a_login_left) {
  file(".cache/huggingface/token", "hf_file\n");
  EXPECT_EQ(hub_settings_from_environment().token, "hf_file");
  set("HF_TOKEN_PATH", file("other", " hf_other\r\n").string());
  EXPECT_EQ(hub_settings_from_environment().token, "hf_other");
  set("HF_TOKEN", "hf_variable\n");
  EXPECT_EQ(hub_settings_from_environment().token, "hf_variable");
  set("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1");
  EXPECT_EQ(hub_settings_from_environment().token, "");
}

TEST_F(SettingsTest, a_token_that_would_break_a_header_is_an_error_that_does_not_show_it) {
  set("HF_TOKEN", "hf_a\x01secret");
  const std::string message = usage_error();
  EXPECT_NE(message.find("HF_TOKEN"), std::string::npos);
  EXPECT_EQ(message.find("secret"), std::string::npos);
}

TEST_F(SettingsTest, offline_is_what_python_takes_for_true) {
  for (const char* value : {"1", "ON", "yes", "True"}) {
    set("HF_HUB_OFFLINE", value);
    EXPECT_TRUE(hub_settings_from_environment().offline) << value;
  }
  for (const char* value : {"0", "no", "", "2"}) {
    set("HF_HUB_OFFLINE", value);
    EXPECT_FALSE(hub_settings_from_environment().offline) << value;
  }
}

TEST_F(SettingsTest, an_endpoint_loses_its_slashes_and_must_be_a_web_address) {
  set("HF_ENDPOINT", "http://127.0.0.1:8080//");
  EXPECT_EQ(hub_settings_from_environment().endpoint, "http://127.0.0.1:8080");
  for (const char* value : {"huggingface.co", "ftp://h", "https://", "/"}) {
    set("HF_ENDPOINT", value);
    EXPECT_NE(usage_error().find("HF_ENDPOINT"), std::string::npos) << value;
  }
}

TEST_F(SettingsTest, numbers_must_be_numbers) {
  set("HF_HUB_DOWNLOAD_TIMEOUT", "60");
  set("CROSSRANK_HUB_PART_BYTES", "4096");
  EXPECT_EQ(hub_settings_from_environment().stall_timeout_s, 60);
  EXPECT_EQ(hub_settings_from_environment().part_bytes, 4096);
  for (const char* value : {"x", "-1", "1.5", "10s", "99999999999999999999"}) {
    set("HF_HUB_DOWNLOAD_TIMEOUT", value);
    EXPECT_NE(usage_error().find("HF_HUB_DOWNLOAD_TIMEOUT"), std::string::npos) << value;
  }
}

}  // namespace
}  // namespace crossrank
