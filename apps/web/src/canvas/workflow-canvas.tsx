/** The graph as it is being built. Owns selection and view; the graph itself is changed only by prompts. */
import { Background, BackgroundVariant, Controls, MiniMap, Panel, ReactFlow, ReactFlowProvider } from '@xyflow/react';
import { LocateFixed, Undo2, WandSparkles } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import type { GraphState } from '#libs/client';
import type { WorkflowStatus } from '#libs/contracts';
import { readsBackwards, tidyLayout, type WorkflowGraph } from '#libs/graph';
import { Boundary } from '../design/boundary.js';
import { Button } from '../design/button.js';
import { isBusy } from '../design/status.js';
import { BranchEdgeView } from './branch-edge.js';
import { type CanvasNode, CanvasNodes, canvasEdges, type Placement } from './canvas-graph.js';
import { CanvasNodeView } from './canvas-node.js';
import { EmptyCanvas } from './empty-canvas.js';
import { IssueList } from './issue-list.js';
import { useNodeCatalog } from './node-catalog.js';
import { NodeDetails } from './node-details.js';
import { useFollowCamera } from './use-follow-camera.js';

const nodeTypes = { workflow: CanvasNodeView };
const edgeTypes = { branch: BranchEdgeView };
/** A map helps only where there is something to get lost in. */
const MINIMAP_FROM = 8;

/** The same graph to the library: what the page holds is never modified, so neither may it be there. */
function copyOf({ nodes, edges }: GraphState): WorkflowGraph {
  return structuredClone({ nodes, edges }) as unknown as WorkflowGraph;
}

function tidied(graph: GraphState): Placement {
  return new Map(tidyLayout(copyOf(graph)).nodes.map((node) => [node.id, node.position]));
}

interface WorkflowCanvasProps {
  graph: GraphState;
  status: WorkflowStatus;
}

function Canvas({ graph, status }: WorkflowCanvasProps) {
  const catalog = useNodeCatalog();
  const [kept] = useState(() => new CanvasNodes());
  const [chosenTidy, setTidy] = useState<boolean | null>(null);
  const [selectedId, setSelectedId] = useState<string | null>(null);
  const ended = status === 'IDLE' || status === 'FAILED';
  // Nodes keep their places while a run goes on; where that left an edge that leads back, what ended is shown tidied.
  const backwards = useMemo(() => ended && readsBackwards(copyOf(graph)), [ended, graph]);
  const tidy = chosenTidy ?? backwards;
  const placement = useMemo(() => (tidy ? tidied(graph) : null), [tidy, graph]);
  const nodes = useMemo(() => kept.from(graph, catalog, placement), [kept, graph, catalog, placement]);
  const edges = useMemo(() => canvasEdges(graph), [graph]);
  const building = isBusy(status);
  const camera = useFollowCamera(nodes, building);
  const selected = graph.nodes.find((node) => node.id === selectedId);
  const drawn = useMemo<CanvasNode[]>(
    () => nodes.map((node) => (node.id === selectedId ? { ...node, selected: true } : node)),
    [nodes, selectedId],
  );
  const close = useCallback(() => setSelectedId(null), []);

  return (
    <div className="relative size-full" data-testid="canvas" data-revision={graph.revision}>
      <ReactFlow
        nodes={drawn}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        deleteKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={null}
        minZoom={0.15}
        maxZoom={1.75}
        onMoveStart={camera.onMoveStart}
        onNodeClick={(_event, node) => {
          setSelectedId(node.id);
          camera.uncover(node.id);
        }}
        onNodesChange={(changes) => {
          // The keyboard selects without a click.
          for (const change of changes) if (change.type === 'select' && change.selected) setSelectedId(change.id);
        }}
        onPaneClick={close}
      >
        <Background variant={BackgroundVariant.Dots} gap={22} size={1.25} />
        <Controls showInteractive={false} position="bottom-left" />
        {nodes.length >= MINIMAP_FROM && !selected ? (
          <MiniMap
            pannable
            zoomable
            position="bottom-right"
            ariaLabel="Overview of the canvas"
            nodeBorderRadius={16}
            className="max-sm:hidden"
          />
        ) : null}
        <Panel position="top-left">
          <Boundary what="The list of findings" from={graph.issues}>
            <IssueList
              graph={graph}
              building={building}
              onPick={(nodeId) => {
                setSelectedId(nodeId);
                camera.lookAt(nodeId);
              }}
            />
          </Boundary>
        </Panel>
        {nodes.length > 0 && !selected ? (
          <Panel position="top-right" className="flex gap-2">
            {camera.following ? null : (
              <Button
                onClick={camera.follow}
                className="bg-raised! shadow-card"
                title="Let the view follow the graph again"
              >
                <LocateFixed aria-hidden className="size-3.5" />
                Follow
              </Button>
            )}
            <Button
              onClick={() => {
                setTidy(!tidy);
                camera.follow();
              }}
              aria-pressed={tidy}
              className="bg-raised! shadow-card"
              title={
                tidy
                  ? 'Show the nodes where they were placed'
                  : 'Lay everything out in this view. What is stored stays as it is.'
              }
            >
              {tidy ? <Undo2 aria-hidden className="size-3.5" /> : <WandSparkles aria-hidden className="size-3.5" />}
              {tidy ? 'Undo tidy' : 'Tidy this view'}
            </Button>
          </Panel>
        ) : null}
      </ReactFlow>
      {nodes.length === 0 ? <EmptyCanvas building={building} /> : null}
      {selected ? (
        <Boundary what="The details of this node" from={selected}>
          <NodeDetails
            node={selected}
            info={catalog.find((info) => info.type === selected.type)}
            issues={graph.issues.filter((issue) => issue.nodeId === selected.id)}
            onClose={close}
          />
        </Boundary>
      ) : null}
    </div>
  );
}

export function WorkflowCanvas(props: WorkflowCanvasProps) {
  return (
    <ReactFlowProvider>
      <Canvas {...props} />
    </ReactFlowProvider>
  );
}
