"""Pulling from a Hub that misbehaves: what is tried again, what goes on where it was cut, what is an error."""
import os
import time
import unittest

from support import MODEL_FILES, PART_BYTES, TINY_MODEL, WEIGHTS, HubTest

WEIGHT_BYTES = os.path.getsize(TINY_MODEL / "model.safetensors")
ONE_PART = {"CROSSRANK_HUB_PART_BYTES": str(1 << 30)}


class Faults(HubTest):
    def ranges(self):
        return [r.headers.get("range") for r in self.hub.asked(WEIGHTS, "cdn")]

    def test_a_cut_goes_on_where_it_was(self):
        self.hub.fault(match=WEIGHTS, where="cdn", cut_after=100_000, times=1)
        self.assert_whole(self.pull(**ONE_PART))
        self.assertEqual(self.ranges(), [None, f"bytes=100000-{WEIGHT_BYTES - 1}"])

    def test_every_part_may_be_cut(self):
        self.hub.fault(match=WEIGHTS, where="cdn", cut_after=10_000, times=4)
        self.assert_whole(self.pull())

    def test_another_process_goes_on_where_one_gave_up(self):
        for variables in (ONE_PART, {}):
            with self.subTest(variables):
                self.add_file("model.safetensors", self.random_bytes(WEIGHT_BYTES, seed=len(variables)))
                self.hub.forget()
                self.hub.fault(match=WEIGHTS, where="cdn", cut_after=20_000, times=1)
                self.hub.fault(match=WEIGHTS, where="cdn", status=403)
                self.assert_error("403", "pull", "org/tiny", **variables)
                self.assert_nothing_half_written()
                self.assertTrue(self.unfinished())
                self.hub.forget()
                self.assert_whole(self.pull(**variables))
                if variables:
                    self.assertEqual(self.ranges(), [f"bytes=20000-{WEIGHT_BYTES - 1}"])

    def test_a_stall_is_a_cut(self):
        self.hub.fault(match=WEIGHTS, where="cdn", stall_after=1000, times=1)
        before = time.monotonic()
        self.assert_whole(self.pull(HF_HUB_DOWNLOAD_TIMEOUT="1"))
        self.assertLess(time.monotonic() - before, 20)  # the Hub would stall for 30

    def test_a_hub_that_stalls_for_good_is_an_error_that_names_the_variable(self):
        self.hub.fault(match="/revision/", stall_after=0)
        self.assert_error("HF_HUB_DOWNLOAD_TIMEOUT", "pull", "org/tiny", CROSSRANK_HUB_RETRIES="1",
                          HF_HUB_DOWNLOAD_TIMEOUT="1")

    def test_a_part_that_begins_elsewhere_is_not_taken(self):
        self.hub.fault(match=WEIGHTS, where="cdn", shift_range=-1, skip=1, times=2)
        self.assert_whole(self.pull())

    def test_a_server_that_ignores_ranges_sends_the_whole(self):
        self.hub.fault(match=WEIGHTS, where="cdn", ignore_range=True)
        self.assert_whole(self.pull())

    def test_a_server_that_ignores_ranges_starts_a_cut_file_anew(self):
        self.hub.fault(match=WEIGHTS, where="cdn", cut_after=1000, times=1)
        self.hub.fault(match=WEIGHTS, where="cdn", ignore_range=True)
        self.assert_whole(self.pull(**ONE_PART))

    def test_a_damaged_file_is_fetched_once_more(self):
        for name, where, match in (("weights", "cdn", WEIGHTS), ("settings", "hub", "/resolve/.*/config.json")):
            with self.subTest(name):
                self.add_file("model.safetensors", self.random_bytes(WEIGHT_BYTES, seed=len(name)))
                self.add_file("config.json", name.encode())
                self.hub.fault(match=match, where=where, corrupt=True, times=1)
                self.assert_whole(self.pull())

    def test_a_file_that_stays_damaged_is_an_error_and_not_in_the_snapshot(self):
        self.hub.fault(match=WEIGHTS, where="cdn", corrupt=True)
        self.assert_error(["model.safetensors", "SHA-256", "should be"], "pull", "org/tiny")
        self.assert_nothing_half_written()
        self.assertEqual(self.unfinished(), [])
        self.hub.forget()
        self.assert_whole(self.pull())

    def test_a_damaged_small_file_is_found_by_gits_hash(self):
        self.hub.fault(match="/resolve/.*/config.json", corrupt=True)
        self.assert_error(["config.json", "git hash"], "pull", "org/tiny")
        self.assert_nothing_half_written()

    def test_a_body_that_is_too_long_is_never_taken(self):
        self.hub.fault(match="/resolve/.*/config.json", longer=5, times=2)
        self.assert_whole(self.pull())
        self.hub.fault(match=WEIGHTS, where="cdn", longer=5)
        self.add_file("model.safetensors", self.random_bytes(5000))
        self.assert_error(["model.safetensors", "more came than the 5000 bytes"], "pull", "org/tiny")
        self.assert_nothing_half_written()

    def test_a_body_that_is_too_short_is_asked_for_again(self):
        short = self.root / "short"
        short.write_bytes(b"{")
        self.hub.fault(match="/resolve/.*/config.json", status=200, body="{", times=1)
        self.assert_whole(self.pull())
        self.hub.fault(match="/resolve/.*/tokenizer.json", status=200, body="{")
        self.add_file("tokenizer.json", (TINY_MODEL / "tokenizer.json").read_bytes() + b"\n")
        self.assert_error(["tokenizer.json", "bytes are missing at the end"], "pull", "org/tiny", CROSSRANK_HUB_RETRIES="2")

    def test_a_busy_hub_is_asked_again_when_it_says_so(self):
        self.hub.fault(match="/revision/", status=429, headers={"Retry-After": "1"}, times=1)
        before = time.monotonic()
        self.assert_whole(self.pull())
        self.assertGreaterEqual(time.monotonic() - before, 1)

    def test_a_hub_that_wants_to_be_left_alone_for_long_is_an_error_at_once(self):
        self.hub.fault(match="/revision/", status=429, headers={"Retry-After": "3600"})
        self.assert_error(["429", "come back in 3600 s"], "pull", "org/tiny")
        self.assertEqual(len(self.hub.asked("/revision/")), 1)

    def test_a_hub_in_trouble_is_asked_again_everywhere(self):
        self.hub.fault(match="", status=503, times=3)
        self.hub.fault(match="", where="cdn", status=502, times=3)
        self.assert_whole(self.pull())

    def test_a_hub_that_stays_in_trouble_is_an_error_after_the_attempts(self):
        self.hub.fault(match="/revision/", status=503, headers={"X-Error-Message": "under\x1b[31m repair"})
        message = self.assert_error(["503", "repair"], "pull", "org/tiny", CROSSRANK_HUB_RETRIES="2")
        self.assertNotIn("\x1b", message)
        self.assertEqual(len(self.hub.asked("/revision/")), 3)

    def test_a_connection_that_ends_without_an_answer_is_tried_again(self):
        self.hub.fault(match="", drop=True, times=3)
        self.hub.fault(match="", where="cdn", drop=True, times=3)
        self.assert_whole(self.pull())

    def test_redirects_in_a_circle_end(self):
        self.hub.fault(match="/revision/", status=302, headers={"Location": self.hub.url + "/api/models/org/tiny/revision/main"})
        self.assert_error("more than 10 redirects", "pull", "org/tiny")
        self.assertLess(len(self.hub.requests), 20)

    def test_a_redirect_to_no_web_address_is_refused(self):
        for target in ("file:///etc/passwd", "ftp://127.0.0.1/x", ""):
            self.hub.forget()
            self.hub.fault(match="/revision/", status=302, headers={"Location": target})
            self.assert_error("redirects to", "pull", "org/tiny")

    def test_answers_that_make_no_sense_are_errors(self):
        for match in ("/revision/", "/tree/"):
            for body in ("", "<html>", "{}", "[1]", "[" * 100_000, '{"sha": "../../x"}'):
                self.hub.forget()
                self.hub.fault(match=match, status=200, body=body)
                self.assert_error(self.hub.url, "pull", "org/tiny")

    def test_one_file_that_fails_keeps_no_other_from_the_cache(self):
        self.hub.fault(match="/resolve/.*/tokenizer.json", status=404)
        self.assert_error("tokenizer.json", "pull", "org/tiny", CROSSRANK_HUB_CONNECTIONS="1")
        self.assert_nothing_half_written()
        self.hub.forget()
        self.assert_whole(self.pull())
        self.assertLess(len(self.hub.asked("/resolve/")), len(MODEL_FILES) + WEIGHT_BYTES // PART_BYTES + 1)


if __name__ == "__main__":
    unittest.main()
