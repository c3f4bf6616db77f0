"""The program among others: pipes that close, disks that are full, terminals, Ctrl-C."""
import json
import os
import pty
import select
import signal
import subprocess
import time
import unittest

from support import Contract

PAIR = json.dumps({"query": "where is the cat?", "document": "on the mat"}) + "\n"


class Processes(Contract):
    def start(self, *arguments, **more):
        process = subprocess.Popen(self.command(*arguments), cwd=self.folder, **{"stdin": subprocess.PIPE, **more})
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_a_reader_that_goes_away_ends_the_program_quietly(self):
        pairs = self.file("pairs.jsonl", PAIR * 3000)
        process = self.start("predict", pairs, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.read(10)
        process.stdout.close()
        self.assertEqual(process.stderr.read(), b"")
        process.stderr.close()
        process.stdin.close()
        self.assertEqual(process.wait(timeout=60), -signal.SIGPIPE)

    def test_a_full_disk_is_an_error(self):
        texts = self.file("texts.txt", "a\nb\n")
        for arguments in (["rank", "-q", "a", texts], ["tokenize", texts], ["inspect"], ["rank", "--help"]):
            with open("/dev/full", "w") as full:
                process = self.start(*arguments, stdout=full, stderr=subprocess.PIPE)
                process.stdin.close()
                message = process.stderr.read().decode()
                process.stderr.close()
            self.assertEqual(process.wait(timeout=60), 1)
            self.assertEqual(message, "crossrank: standard output: No space left on device\n")
        self.assert_error(1, "/dev/full: No space left", "rank", "-q", "a", "--output", "/dev/full", texts)

    def test_ctrl_c_ends_the_program_at_once_and_leaves_no_output_file(self):
        process = self.start("predict", "--output", "out.jsonl", "-", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        process.stdin.write((PAIR * 5000).encode())
        process.stdin.flush()  # the pipe stays open: the program works, then waits for more
        before = time.monotonic()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=10), -signal.SIGINT)
        self.assertLess(time.monotonic() - before, 1.0)
        process.stdin.close()
        self.assertEqual(os.listdir(self.folder), [])

    def test_chunks_come_out_of_a_pipe_before_it_ends(self):
        process = self.start("predict", "-", "--batch-tokens", "1", stdout=subprocess.PIPE)
        writer = process.stdin
        writer.write((PAIR * 2000).encode())
        writer.flush()
        ready, _, _ = select.select([process.stdout], [], [], 60)
        self.assertTrue(ready, "nothing came out while the input was open")
        writer.close()
        self.assertEqual(process.stdout.read().count(b"\n"), 2000)
        process.stdout.close()

    def on_a_terminal(self, *arguments):
        """What the call shows on a terminal: standard output and standard error together."""
        leader, follower = pty.openpty()
        process = self.start(*arguments, stdin=subprocess.DEVNULL, stdout=follower, stderr=follower)
        os.close(follower)
        shown = b""
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:  # how Linux says that the other side is closed
                break
            if not part:
                break
            shown += part
        os.close(leader)
        self.assertEqual(process.wait(timeout=60), 0, shown)
        return shown.decode()

    def test_a_terminal_gets_a_table_and_documents_cannot_send_it_commands(self):
        texts = self.file("texts.txt", "plain\nred \x1b[31m text\n")
        shown = self.on_a_terminal("rank", "-q", "a", "--quiet", texts)
        self.assertEqual(shown.split()[:5], ["rank", "score", "logit", "corpus_id", "text"])
        self.assertNotIn("\x1b", shown)

    def test_long_work_shows_its_progress_on_a_terminal_unless_quiet(self):
        pairs = self.file("pairs.jsonl", "".join(PAIR.replace("cat", f"cat {i}") for i in range(3000)))  # equal ones are scored once
        self.assertIn("left", self.on_a_terminal("predict", pairs, "--output", "a.jsonl"))
        self.assertEqual(self.on_a_terminal("predict", pairs, "--output", "b.jsonl", "--quiet"), "")

    def test_nothing_but_results_is_printed_into_pipes(self):
        result = self.run_program("predict", stdin=PAIR * 1000)
        self.assertEqual(result.stderr, b"")
        self.assertEqual(result.stdout.count(b"\n"), 1000)


if __name__ == "__main__":
    unittest.main()
