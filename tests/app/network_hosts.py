"""Two hosts with addresses of their own on one machine, by network namespaces, for mpirun to start ranks on."""
import os
import pathlib
import shutil
import subprocess
import tempfile

NETWORK = "10.213.7.0/24"  # inside the namespaces alone
ADDRESSES = ["10.213.7.1", "10.213.7.2"]


class NoHosts(Exception):
    """Why this machine has none."""


def _do(*command):
    try:
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except FileNotFoundError:
        raise NoHosts(f"there is no {command[0]}") from None
    if done.returncode != 0:
        raise NoHosts(f"{' '.join(command)}: {done.stdout.strip()}")


class NetworkHosts:
    """A context: two namespaces and a link between them, of so many Mbit/s if that is given."""

    def __init__(self, megabits=None):
        self.names = [f"floatsd-{os.getpid()}-{letter}" for letter in "ab"]
        self.megabits = megabits

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-hosts-"))
        try:
            self._make()
        except NoHosts:
            self.__exit__()
            raise
        return self

    def _make(self):
        for tool in ("unshare", "hostname"):
            if shutil.which(tool) is None:
                raise NoHosts(f"there is no {tool}")
        for name in self.names:
            _do("ip", "netns", "add", name)
        first, second = self.names
        _do("ip", "link", "add", "eth0", "netns", first, "type", "veth", "peer", "name", "eth0", "netns", second)
        for name, address in zip(self.names, ADDRESSES):
            _do("ip", "-n", name, "address", "add", f"{address}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                _do("ip", "-n", name, "link", "set", device, "up")
            if self.megabits:
                _do("tc", "-n", name, "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", f"{self.megabits}mbit",
                    "burst", "256kb", "latency", "100ms")
        self.agent = self.folder / "agent"  # in the place of ssh, which it is called as: HOST COMMAND
        self.agent.write_text('#!/bin/sh\nshift\n' f'exec {self._inside(second)} sh -c "$*"\n')
        self.agent.chmod(0o755)

    def __exit__(self, *_):
        for name in self.names:
            subprocess.run(["ip", "netns", "delete", name], stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.folder)

    @staticmethod
    def _inside(name):
        """What a command is put behind to run on that host, whose name the system then tells it."""
        return f"ip netns exec {name} unshare --uts sh -c 'hostname {name}; exec \"$@\"' sh"

    def mpirun(self, ranks, *command):
        """Its arguments: as many ranks on each host."""
        hosts = ",".join(f"{address}:{ranks // 2}" for address in ADDRESSES)
        parameters = {"plm_rsh_agent": self.agent, "oob_tcp_if_include": NETWORK, "btl_tcp_if_include": NETWORK}
        return ["sh", "-c", f'exec {self._inside(self.names[0])} "$@"', "sh", "mpirun", "--allow-run-as-root",
                "--host", hosts, "--map-by", "node", "-n", str(ranks), "-x", "FLOATSD_DATA", "-x", "OMP_WAIT_POLICY",
                *(word for name, value in parameters.items() for word in ("--mca", name, str(value))),
                *map(str, command)]

    def sent_bytes(self):
        """What the first host has sent over the link."""
        told = subprocess.run(["ip", "netns", "exec", self.names[0], "cat", "/sys/class/net/eth0/statistics/tx_bytes"],
                              text=True, stdout=subprocess.PIPE, check=True)
        return int(told.stdout)
