#include "hub/answers.h"

#include <gtest/gtest.h>

#include "crossrank/error.h"

namespace crossrank {
namespace {

const std::string kBlob(40, 'a');
const std::string kSha(64, 'b');

// What the call throws, or "" when it throws nothing.
template <typename Call>
std::string message_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kHub);
    return error.what();
  }
  return "";
}

std::vector<RepoEntry> tree(const std::string& text) {
  std::vector<RepoEntry> entries;
  parse_tree_page(text, "URL", entries);
  return entries;
}

std::string file_at(const std::string& path) { return R"([{"type":"file","size":1,"oid":")" + kBlob + R"(","path":")" + path + R"("}])"; }

TEST(AnswersTest, a_tree_gives_files_with_the_hash_of_their_content_and_no_folders) {
  const auto entries = tree(R"([{"type":"directory","oid":"x","size":0,"path":"a"},
    {"type":"file","oid":")" +
                            kBlob + R"(","size":3,"path":"a/c.json"},
    {"type":"file","oid":")" +
                            kBlob + R"(","size":9,"path":"m.safetensors","lfs":{"oid":")" + kSha + R"(","size":7,"pointerSize":9}}])");
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].path, "a/c.json");
  EXPECT_EQ(entries[0].size, 3);
  EXPECT_EQ(entries[0].etag(), kBlob);
  EXPECT_EQ(entries[1].size, 7);
  EXPECT_EQ(entries[1].etag(), kSha);
}

TEST(AnswersTest, a_path_that_leaves_its_folder_is_an_error_that_names_it) {
  for (const std::string path :
       {"../x", "a/../../x", "/etc/passwd", "a//b", "a/./b", "", "C:x", "a/", "..", "a\\\\..\\\\b", "a\\u0000b", "a\\nb"}) {
    const std::string message = message_of([&] { tree(file_at(path)); });
    EXPECT_NE(message.find("could leave its folder"), std::string::npos) << path << ": " << message;
  }
  EXPECT_EQ(tree(file_at("..a/b..c/.d")).size(), 1U);
}

TEST(AnswersTest, a_hash_that_is_none_cannot_become_the_name_of_a_blob) {
  for (const std::string hash : {"", "../../x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "abc"}) {
    EXPECT_NE(message_of([&] { tree(R"([{"type":"file","size":1,"path":"a","oid":")" + hash + R"("}])"); }), "") << hash;
  }
  const std::string lfs = R"([{"type":"file","size":1,"path":"a","oid":")" + kBlob + R"(","lfs":{"size":1,"oid":"../x"}}])";
  EXPECT_NE(message_of([&] { tree(lfs); }).find("no SHA-256"), std::string::npos);
}

TEST(AnswersTest, files_that_take_each_others_place_are_an_error) {
  const auto check = [](std::vector<std::string> paths) {
    std::vector<RepoEntry> entries;
    for (const std::string& path : paths) entries.push_back({path, 1, kBlob, ""});
    return message_of([&] { check_tree(entries, "URL"); });
  };
  EXPECT_EQ(check({"b", "a", "a.b/c", "a-b"}), "");
  EXPECT_NE(check({"a", "b", "a"}), "");
  EXPECT_NE(check({"a/b/c", "a"}), "");
  EXPECT_NE(check({"a", "a!", "a/b"}), "");  // "a!" sorts between the two
}

TEST(AnswersTest, json_of_another_shape_is_an_error_and_no_crash) {
  for (const char* text : {"", "[]", "{}", "null", "1", "{\"sha\":1}", "{\"sha\":\"main\"}", "{\"sha\":", "\xff"}) {
    EXPECT_NE(message_of([&] { parse_commit(text, "URL"); }), "") << text;
  }
  for (const char* text :
       {"", "{}", "[1]", "[{}]", R"([{"type":"file"}])", R"([{"type":"file","path":1,"oid":"a","size":1}])",
        R"([{"type":"file","path":"a","oid":"a","size":-1}])", R"([{"type":"file","path":"a","oid":"a","size":1e30}])"}) {
    EXPECT_NE(message_of([&] { tree(text); }), "") << text;
  }
  EXPECT_EQ(message_of([&] { parse_commit("{}", "URL"); }).rfind("URL", 0), 0U);
}

TEST(AnswersTest, the_next_page_is_the_link_that_says_so) {
  EXPECT_EQ(next_page(R"(<https://h/a?b=1>; rel="next")"), "https://h/a?b=1");
  EXPECT_EQ(next_page(R"(<https://h/1>; rel="first", <https://h/2>; rel="next")"), "https://h/2");
  for (const char* header : {"", "<https://h/1>; rel=\"last\"", "<https://h", "rel=\"next\"", ">x<", "<a>,"})
    EXPECT_EQ(next_page(header), "");
}

TEST(AnswersTest, a_listing_reads_back_as_it_was_written_and_is_what_python_writes) {
  const std::vector<RepoEntry> entries = {{"a/\xC3\xA9.json", 3, kBlob, ""}, {"m.safetensors", 7, kBlob, kSha}};
  const std::string text = write_tree_file(entries);
  EXPECT_EQ(text, "{\n \"format_version\": 1,\n \"files\": {\n  \"a/\\u00e9.json\": {\n   \"size\": 3,\n   \"blob_id\": \"" + kBlob +
                      "\"\n  },\n  \"m.safetensors\": {\n   \"size\": 7,\n   \"blob_id\": \"" + kBlob + "\",\n   \"lfs_sha256\": \"" +
                      kSha + "\",\n   \"lfs_size\": 7\n  }\n }\n}");
  const auto read = parse_tree_file(text, "FILE");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0].path, entries[0].path);
  EXPECT_EQ((*read)[1].etag(), kSha);
  EXPECT_EQ(parse_tree_file(write_tree_file({}), "FILE")->size(), 0U);
  EXPECT_FALSE(parse_tree_file(R"({"format_version": 2, "files": {}})", "FILE"));
}

TEST(AnswersTest, upload_modes_are_lfs_or_regular) {
  const auto modes = parse_upload_modes(R"({"files":[{"path":"a","uploadMode":"lfs","shouldIgnore":false,"oid":null},
    {"path":"b","uploadMode":"regular","shouldIgnore":true,"oid":"x"}]})",
                                        "URL");
  ASSERT_EQ(modes.size(), 2U);
  EXPECT_TRUE(modes[0].lfs);
  EXPECT_EQ(modes[0].remote_etag, "");
  EXPECT_TRUE(modes[1].ignore);
  EXPECT_EQ(modes[1].remote_etag, "x");
  EXPECT_NE(message_of([] { parse_upload_modes(R"({"files":[{"path":"a","uploadMode":"xet"}]})", "URL"); }).find("neither"),
            std::string::npos);
}

TEST(AnswersTest, an_lfs_batch_says_where_each_object_goes) {
  const auto actions = parse_lfs_batch(R"({"objects":[{"oid":"here","size":1},
    {"oid":"whole","size":1,"actions":{"upload":{"href":"https://s/w"},"verify":{"href":"https://h/v"}}},
    {"oid":"parts","size":25,"actions":{"upload":{"href":"https://h/done","header":
      {"chunk_size":"10","00002":"https://s/2","00010":"https://s/10","00001":"https://s/1","x-other":"y"}}}}]})",
                                       "URL");
  ASSERT_EQ(actions.size(), 3U);
  EXPECT_EQ(actions[0].href, "");
  EXPECT_EQ(actions[1].href, "https://s/w");
  EXPECT_EQ(actions[1].part_bytes, 0);
  EXPECT_EQ(actions[1].verify_href, "https://h/v");
  EXPECT_EQ(actions[2].part_bytes, 10);
  EXPECT_EQ(actions[2].part_hrefs, (std::vector<std::string>{"https://s/1", "https://s/2", "https://s/10"}));  // by number, not by text
}

TEST(AnswersTest, an_lfs_batch_that_refuses_or_makes_no_sense_is_an_error) {
  const auto batch = [](const std::string& object) {
    return message_of([&] { parse_lfs_batch(R"({"objects":[)" + object + "]}", "URL"); });
  };
  EXPECT_NE(batch(R"({"oid":"a","error":{"code":422,"message":"too big"}})").find("too big"), std::string::npos);
  for (const char* size : {"\"0\"", "0", "-1", "\"x\"", "\"99999999999999999999\"", "{}", "1.5"}) {
    const std::string object =
        std::string(R"({"oid":"a","actions":{"upload":{"href":"h","header":{"chunk_size":)") + size + R"(,"00001":"u"}}}})";
    EXPECT_NE(batch(object), "") << size;
  }
  EXPECT_NE(batch(R"({"oid":"a","actions":{"upload":{}}})"), "");
}

TEST(AnswersTest, searches_give_names_that_can_be_ids_and_refs_their_names) {
  EXPECT_EQ(parse_search(R"([{"id":"a/b"},{"id":"../x"},{"id":"c"}])", "URL"), (std::vector<std::string>{"a/b", "c"}));
  EXPECT_EQ(parse_refs(R"({"branches":[{"name":"main"}],"tags":[{"name":"v1"}]})", "URL"), (std::vector<std::string>{"main", "v1"}));
  EXPECT_EQ(parse_commit_url(R"({"commitUrl":"https://h/c"})", "URL"), "https://h/c");
}

}  // namespace
}  // namespace crossrank
