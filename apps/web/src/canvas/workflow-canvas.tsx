/** The graph as it is being built, with selection and camera. Only prompts change the graph. */
import {
  Background,
  BackgroundVariant,
  ControlButton,
  Controls,
  MiniMap,
  Panel,
  ReactFlow,
  ReactFlowProvider,
} from '@xyflow/react';
import { LocateFixed, Maximize, Undo2, WandSparkles } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import type { GraphState } from '#libs/client';
import type { WorkflowStatus } from '#libs/contracts';
import { COLUMNS } from '#libs/graph';
import { Boundary } from '../design/boundary.js';
import { Button } from '../design/button.js';
import { isBusy } from '../design/status.js';
import { BranchEdgeView } from './branch-edge.js';
import { columnsOn, detailsStandBelow } from './camera-view.js';
import { type CanvasNode, CanvasNodes, canvasEdges } from './canvas-graph.js';
import { CanvasNodeView } from './canvas-node.js';
import { EmptyCanvas } from './empty-canvas.js';
import { IssueList } from './issue-list.js';
import { useNodeCatalog } from './node-catalog.js';
import { NodeDetails } from './node-details.js';
import { OutsideNote, useOutsideWords } from './outside-note.js';
import { useCamera, useScreen } from './use-camera.js';
import { ViewPlacement, type WantedPlacement } from './view-placement.js';

const nodeTypes = { workflow: CanvasNodeView };
const edgeTypes = { branch: BranchEdgeView };
/** Smaller graphs need no map. */
const MINIMAP_FROM = 8;

interface WorkflowCanvasProps {
  graph: GraphState;
  status: WorkflowStatus;
}

function Canvas({ graph, status }: WorkflowCanvasProps) {
  const catalog = useNodeCatalog();
  const [kept] = useState(() => new CanvasNodes());
  const [view] = useState(() => new ViewPlacement());
  const [wanted, setWanted] = useState<WantedPlacement>({ kind: 'any' });
  const [selectedId, setSelectedId] = useState<string | null>(null);
  const ended = status === 'IDLE' || status === 'FAILED';
  const screen = useScreen();
  const columns = screen.width === 0 ? COLUMNS : columnsOn(screen);
  const placement = useMemo(() => view.of(graph, { ended, columns, wanted }), [view, graph, ended, columns, wanted]);
  const nodes = useMemo(() => kept.from(graph, catalog, placement), [kept, graph, catalog, placement]);
  const edges = useMemo(() => canvasEdges(graph), [graph]);
  const building = isBusy(status);
  const selected = graph.nodes.find((node) => node.id === selectedId);
  const camera = useCamera(nodes, screen, selected ? selected.id : null);
  const someOutside = useOutsideWords(nodes, screen) !== null;
  // On a narrow screen no node is at its stored place, so there is no layout to return to.
  const undoesTidy = placement !== null && columns === COLUMNS;
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
        minZoom={0.05}
        maxZoom={1.75}
        onMove={camera.onMove}
        onNodeClick={(_event, node) => setSelectedId(node.id)}
        onNodesChange={(changes) => {
          // The keyboard selects without a click.
          for (const change of changes) if (change.type === 'select' && change.selected) setSelectedId(change.id);
        }}
        onPaneClick={close}
      >
        <Background variant={BackgroundVariant.Dots} gap={22} size={1.25} />
        <Controls
          showInteractive={false}
          showFitView={false}
          position="bottom-left"
          orientation="horizontal"
          onZoomIn={camera.letGo}
          onZoomOut={camera.letGo}
        >
          <ControlButton onClick={camera.showAll} title="Show all steps" aria-label="Show all steps">
            <Maximize aria-hidden />
          </ControlButton>
        </Controls>
        {nodes.length >= MINIMAP_FROM && someOutside && !selected ? (
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
            <IssueList graph={graph} building={building} onPick={setSelectedId} />
          </Boundary>
        </Panel>
        {nodes.length > 0 && !selected ? (
          <Panel position="top-right" className="flex gap-2">
            {camera.following || !building ? null : (
              <Button
                onClick={camera.follow}
                className="bg-raised! shadow-card"
                title="Follow the steps as they are added"
              >
                <LocateFixed aria-hidden className="size-3.5" />
                Follow
              </Button>
            )}
            <Button
              onClick={() => {
                setWanted((before) =>
                  undoesTidy
                    ? { kind: 'stored' }
                    : { kind: 'tidy', asked: before.kind === 'tidy' ? before.asked + 1 : Date.now() },
                );
                camera.follow();
              }}
              className="bg-raised! shadow-card"
              title={
                undoesTidy
                  ? 'Show the steps where they were placed'
                  : 'Arrange the steps in this view. Nothing is changed for others.'
              }
            >
              {undoesTidy ? (
                <Undo2 aria-hidden className="size-3.5" />
              ) : (
                <WandSparkles aria-hidden className="size-3.5" />
              )}
              {undoesTidy ? 'Undo tidy' : 'Tidy this view'}
            </Button>
          </Panel>
        ) : null}
        {selected ? null : (
          <Panel position="bottom-center">
            <OutsideNote nodes={nodes} screen={screen} onShowAll={camera.showAll} />
          </Panel>
        )}
      </ReactFlow>
      {nodes.length === 0 ? <EmptyCanvas building={building} /> : null}
      {selected ? (
        <Boundary what="The details of this step" from={selected}>
          <NodeDetails
            node={selected}
            info={catalog.find((info) => info.type === selected.type)}
            issues={graph.issues.filter((issue) => issue.nodeId === selected.id)}
            below={detailsStandBelow(screen)}
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
