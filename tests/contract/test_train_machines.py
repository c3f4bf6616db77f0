"""crossrank train on two machines: a process in each of two network namespaces, a cable between them, started as torchrun starts them.

Where the kernel gives no namespaces (a container without the right to make them) the test says so on standard error and starts both
processes on this machine's loopback addresses instead.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest

from training import Training

FIRST, SECOND = "10.77.0.1", "10.77.0.2"


class Refused(Exception):
    """Why the kernel gives no namespaces."""


def must(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise Refused(f"{' '.join(command)}: {result.stderr.strip()}")


class Machines:
    """Two network namespaces with a cable between them; they end with the processes that sleep in them."""

    def __init__(self):
        self.sleepers, self.user = [], []
        alone = ["unshare", "-n"]
        if subprocess.run([*alone, "true"], capture_output=True).returncode != 0:  # not root, or root without the right
            alone, self.user = ["unshare", "-Urn"], ["-U", "--preserve-credentials"]
        try:
            first = self.begin(*alone)
            second = self.begin(*self.inside(first), "unshare", "-n")
            must(*self.inside(first), "ip", "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", str(second))
            for machine, address in ((first, FIRST), (second, SECOND)):
                must(*self.inside(machine), "ip", "address", "add", f"{address}/24", "dev", "cable")
                must(*self.inside(machine), "ip", "link", "set", "cable", "up")
                must(*self.inside(machine), "ip", "link", "set", "lo", "up")
        except Refused:
            self.close()
            raise
        self.address, self.port = FIRST, 29500
        self.commands = [self.inside(first), self.inside(second)]

    def begin(self, *command):
        process = subprocess.Popen([*command, "sh", "-c", "echo up; exec sleep 900"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.sleepers.append(process)
        if process.stdout.readline() != "up\n":
            raise Refused(f"{' '.join(command)}: {process.stderr.read().strip()}")
        return process.pid

    def inside(self, machine):
        return ["nsenter", "-t", str(machine), *self.user, "-n"]

    def cut(self, second):
        must(*self.commands[0], "ip", "link", "set", "cable", "down")

    def close(self):
        for process in self.sleepers:
            process.kill()
            process.communicate()


class Loopback:
    """One machine as two: the second process calls the first at another loopback address than its own."""

    address, commands = "127.0.0.2", [[], []]

    def __init__(self):
        self.port = 20000 + os.getpid() % 20000

    def cut(self, second):
        second.send_signal(signal.SIGSTOP)  # its connections stay open, as those of a machine whose cable is cut

    def close(self):
        pass


class TrainMachines(Training):
    def setUp(self):
        super().setUp()
        self.assertIsNotNone(shutil.which("ip"), "no program ip here: tools/install_packages test")
        try:
            self.machines = Machines()
        except Refused as refusal:
            print(f"\n{self.id()}: the kernel refuses network namespaces ({refusal}): tested between loopback addresses alone", file=sys.stderr)
            self.machines = Loopback()
        self.addCleanup(self.machines.close)

    def start(self, rank, *arguments):
        """The process of this rank on its machine, whose disk is its own."""
        disk = self.folder / f"machine{rank}"
        disk.mkdir(exist_ok=True)
        variables = {"RANK": rank, "LOCAL_RANK": 0, "WORLD_SIZE": 2, "LOCAL_WORLD_SIZE": 1, "MASTER_ADDR": self.machines.address,
                     "MASTER_PORT": self.machines.port}
        environment = {**os.environ, **{name: str(value) for name, value in variables.items()}}
        process = subprocess.Popen([*self.machines.commands[rank], *self.command("train", self.recipe(), "--per-device-train-batch-size", 4, *arguments)],
                                   cwd=disk, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def test_two_machines_give_the_losses_of_one_with_the_same_global_batch(self):
        one = self.losses(self.records("--output-dir", "one", "--per-device-train-batch-size", 8))
        processes = [self.start(rank) for rank in range(2)]
        output, errors = processes[0].communicate(timeout=240)
        self.assertEqual(processes[0].returncode, 0, errors.decode())
        silence, errors = processes[1].communicate(timeout=240)
        self.assertEqual((processes[1].returncode, silence), (0, b""), errors.decode())
        two = self.losses([json.loads(line) for line in output.splitlines()])
        self.assertEqual(sorted(two), sorted(one))
        for step, loss in one.items():
            self.assertAlmostEqual(two[step], loss, delta=1e-4 * abs(loss), msg=step)
        self.assertTrue((self.folder / "machine0" / "out" / "model.safetensors").exists())
        self.assertFalse((self.folder / "machine1" / "out").exists())

    def test_a_cut_cable_ends_the_run_with_an_error_and_a_state_to_go_on_from(self):
        first, second = [self.start(rank, "--max-steps", 1_000_000, "--ddp-timeout", 10) for rank in range(2)]
        checkpoints = self.folder / "machine0" / "out"
        deadline = time.monotonic() + 120
        while not list(checkpoints.glob("checkpoint-*")) and first.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        self.machines.cut(second)
        _, errors = first.communicate(timeout=120)
        self.assertEqual(first.returncode, 1, errors)
        self.assertIn(b"another process was lost", errors)
        self.assertTrue(list(checkpoints.glob("checkpoint-*")))
        second.kill()

    def test_machines_that_see_different_checkpoints_are_told_so(self):
        processes = [self.start(rank) for rank in range(2)]
        for process in processes:
            self.assertEqual(process.communicate(timeout=240)[1], b"")
        for process in [self.start(rank, "--max-steps", 12, "--resume-from-checkpoint", "true") for rank in range(2)]:
            _, errors = process.communicate(timeout=240)
            self.assertEqual(process.returncode, 1, errors)
            self.assertIn(b"process 0 would begin after step 8 and process 1 after step 0", errors)


if __name__ == "__main__":
    unittest.main()
