"""The manifests of docs/deploy and the balancer of compose.yaml: they fit each other, and the router as it is.

`.ci/check-manifests` checks them against Kubernetes' and compose's own schemas.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from router.config.load import load_config
from router.config.model import RouterConfig
from tests.test_packaging import ROOT, compose

DEPLOY = ROOT / "docs" / "deploy"
CHART = DEPLOY / "helm" / "olympus-router"
RENDERED = DEPLOY / "kubernetes" / "olympus.yaml"
UNIT = DEPLOY / "systemd" / "olympus-router.service"
RENDER = ["helm", "template", "olympus", str(CHART), "--kube-version", "1.33.0"]
SECRETS = {"OLYMPUS_REGISTRY_TOKEN": "olr_t", "REGISTRY_PUBLIC_KEY": "k" * 43}


def chart_hash() -> str:
    files = sorted(file for file in CHART.rglob("*") if file.is_file())
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def objects() -> dict[str, Any]:
    loaded = yaml.safe_load_all(RENDERED.read_text())
    return {one["kind"]: one for one in loaded if one}


def pod() -> dict[str, Any]:
    spec: dict[str, Any] = objects()["Deployment"]["spec"]["template"]["spec"]
    return spec


def config(folder: Path) -> RouterConfig:
    file = folder / "olympus.yaml"
    file.write_text(objects()["ConfigMap"]["data"]["olympus.yaml"])
    return load_config(file, SECRETS)


def test_the_plain_manifests_are_what_the_chart_gives() -> None:
    first = RENDERED.read_text().splitlines()[1]
    assert first == f"# Chart: {chart_hash()}", "helm changed: run .ci/check-manifests --write"
    if shutil.which("helm"):
        done = subprocess.run(RENDER, capture_output=True, text=True, check=True)
        assert RENDERED.read_text().endswith(done.stdout)


def test_the_router_takes_the_pods_configuration(tmp_path: Path) -> None:
    told = config(tmp_path)
    port = pod()["containers"][0]["ports"][0]
    assert str(told.supergraph.listen).endswith(f":{port['containerPort']}")
    mounts = {one["mountPath"] for one in pod()["containers"][0]["volumeMounts"]}
    assert told.supergraph.registry is not None
    assert str(Path(str(told.supergraph.registry.last_good)).parent) in mounts


def test_the_pod_is_given_the_time_that_the_drain_takes(tmp_path: Path) -> None:
    supergraph = config(tmp_path).supergraph
    drain_s = supergraph.shutdown_delay + supergraph.connection_shutdown_timeout
    assert supergraph.shutdown_delay >= 5
    assert pod()["terminationGracePeriodSeconds"] > drain_s
    unit_s = int(re.findall(r"^TimeoutStopSec=(\d+)$", UNIT.read_text(), re.M)[0])
    assert unit_s > RouterConfig().supergraph.connection_shutdown_timeout
    compose_s = int(compose()["services"]["router"]["stop_grace_period"].removesuffix("s"))
    assert compose_s > RouterConfig().supergraph.connection_shutdown_timeout


def test_probes_ask_what_the_router_answers() -> None:
    path = RouterConfig().health_check.path
    container = pod()["containers"][0]
    probes = {name: container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert {probe["port"] for probe in probes.values()} == {container["ports"][0]["name"]}
    assert probes["readiness"]["path"] == f"{path}/ready"
    assert probes["liveness"]["path"] == probes["startup"]["path"] == f"{path}/live"
    assert f"GET {path}/ready" in compose()["configs"]["balancer"]["content"]


def test_service_autoscaler_and_disruption_budget_mean_the_deployments_pods() -> None:
    found = objects()
    labels = found["Deployment"]["spec"]["template"]["metadata"]["labels"]
    for selector in (
        found["Deployment"]["spec"]["selector"]["matchLabels"],
        found["Service"]["spec"]["selector"],
        found["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
    ):
        assert selector.items() <= labels.items()
    scaled = found["HorizontalPodAutoscaler"]["spec"]
    assert scaled["scaleTargetRef"]["name"] == found["Deployment"]["metadata"]["name"]
    assert 1 < scaled["minReplicas"] < scaled["maxReplicas"]
    assert "replicas" not in found["Deployment"]["spec"], "would take back what the autoscaler did"
    assert found["Service"]["spec"]["ports"][0]["targetPort"] == pod()["containers"][0]["ports"][0]["name"]


def test_the_pod_may_do_nothing_that_it_need_not() -> None:
    container = pod()["containers"][0]["securityContext"]
    assert container["readOnlyRootFilesystem"] is True
    assert container["allowPrivilegeEscalation"] is False
    assert container["capabilities"] == {"drop": ["ALL"]}
    assert pod()["securityContext"]["runAsNonRoot"] is True
    user = re.findall(r"^USER (\d+)$", (ROOT / "Dockerfile").read_text(), re.M)
    assert user == [str(pod()["securityContext"]["runAsUser"])]
    assert pod()["automountServiceAccountToken"] is False


def test_compose_has_two_routers_behind_one_port() -> None:
    services, balancer = compose()["services"], compose()["configs"]["balancer"]["content"]
    assert services["router"]["deploy"]["replicas"] == 2
    assert "ports" not in services["router"], "two cannot have one port"
    port = services["balancer"]["ports"][0].split(":")[-1]
    assert f"bind :{port}\n" in balancer
    assert " router:4000 check " in balancer
    names = [name for name in services["router"]["environment"] if name.startswith("OLYMPUS_")]
    load_config(None, {name: services["router"]["environment"][name] for name in names if "__" in name})


def test_the_balancers_configuration_is_one(tmp_path: Path) -> None:
    if shutil.which("haproxy") is None:
        pytest.skip("no haproxy on this machine")
    file = tmp_path / "haproxy.cfg"
    file.write_text(compose()["configs"]["balancer"]["content"])
    done = subprocess.run(["haproxy", "-c", "-f", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_systemd_takes_the_unit_and_finds_it_hardened(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd on this machine")
    file = tmp_path / UNIT.name
    file.write_text(UNIT.read_text().replace("/opt/olympus/bin/olympus", "/bin/true"))
    for arguments in (["verify", "--man=no"], ["security", "--offline=true", "--threshold=20"]):
        done = subprocess.run([program, *arguments, str(file)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "--config /etc/olympus/olympus.yaml" in UNIT.read_text()
