"""The line that makes an SDL a federation 2 subgraph."""

FED2 = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@requires", '
    '"@provides", "@external", "@shareable", "@override", "@inaccessible", "@interfaceObject", "@extends"])\n'
)

FED2_8 = FED2.replace("v2.5", "v2.8").replace('"@key"', '"@key", "@context", "@fromContext"')
