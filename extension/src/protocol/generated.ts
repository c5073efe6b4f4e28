// Generated from daemon/clipferry/protocol by scripts/gen-protocol.mjs. Do not edit.

/**
 * Kind of the output file; the value is its extension.
 */
export type OutputKind = 'mp4' | 'webm' | 'mkv' | 'mp3' | 'm4a' | 'opus' | 'flac' | 'gif' | 'webp';
/**
 * ``EXACT``: first and last frame as asked, interior copied. ``FAST``: all copied, from the keyframe at or before the
 * start (the result states where it begins). ``REENCODE``: every frame encoded again.
 */
export type CutMode = 'exact' | 'fast' | 'reencode';
/**
 * Stage of the pipeline; shown to the person.
 */
export type Stage = 'resolving' | 'fetching' | 'cutting' | 'proving' | 'publishing';
/**
 * What is tried with a site whose usual answer was of no use (``extract.fallback``).
 */
export type Step = 'unmodified' | 'other_clients' | 'no_session';
/**
 * Why the recording of a running broadcast ended where it did.
 */
export type Ended = 'broadcast' | 'asked' | 'length' | 'size' | 'disk' | 'silent' | 'lost';
/**
 * Where a job stands. ``done``, ``failed`` and ``cancelled`` are final; ``failed`` can be retried.
 */
export type JobState =
  | 'queued'
  | 'resolving'
  | 'fetching'
  | 'cutting'
  | 'publishing'
  | 'waiting'
  | 'paused'
  | 'done'
  | 'failed'
  | 'cancelled';
/**
 * State of a broadcast.
 */
export type Live = 'no' | 'now' | 'was' | 'upcoming';

/**
 * Every method with its parameters and result, and every event with its data.
 */
export interface Protocol {
  events: {
    'extension.connected': ExtensionConnected;
    'host.error': ErrorInfo;
    job: Job;
    'job.removed': JobRef;
    'job.seen': JobRef;
    queue: PauseAllParams;
    settings: Settings;
  };
  methods: {
    'clip.create': {
      params: ClipCreateParams;
      result: Job;
    };
    'daemon.stop': {
      params: Empty;
      result: Empty;
    };
    'dashboard.link': {
      params: Empty;
      result: DashboardLink;
    };
    'dashboard.open': {
      params: DashboardOpenParams;
      result: Empty;
    };
    'desktop.get': {
      params: Empty;
      result: DesktopInfo;
    };
    'desktop.report': {
      params: DesktopReport;
      result: Empty;
    };
    'downloads.open': {
      params: Empty;
      result: Empty;
    };
    'engine.get': {
      params: Empty;
      result: EngineInfo;
    };
    'engine.rollback': {
      params: Empty;
      result: EngineInfo;
    };
    'engine.update': {
      params: EngineUpdateParams;
      result: EngineInfo;
    };
    hello: {
      params: HelloParams;
      result: HelloResult;
    };
    'job.cancel': {
      params: JobRef;
      result: Job;
    };
    'job.copy': {
      params: JobRef;
      result: Empty;
    };
    'job.finish': {
      params: JobRef;
      result: Job;
    };
    'job.get': {
      params: JobRef;
      result: Job;
    };
    'job.list': {
      params: JobListParams;
      result: JobPage;
    };
    'job.move': {
      params: JobMoveParams;
      result: Job;
    };
    'job.open': {
      params: OpenParams;
      result: Empty;
    };
    'job.path': {
      params: JobRef;
      result: FilePath;
    };
    'job.pause': {
      params: JobRef;
      result: Job;
    };
    'job.pin': {
      params: JobPinParams;
      result: Job;
    };
    'job.remove': {
      params: JobRemoveParams;
      result: Empty;
    };
    'job.resume': {
      params: JobRef;
      result: Job;
    };
    'job.retry': {
      params: JobRetryParams;
      result: Job;
    };
    'job.seen': {
      params: JobRef;
      result: Empty;
    };
    'private.allow': {
      params: AllowPrivateParams;
      result: Empty;
    };
    'queue.pause': {
      params: PauseAllParams;
      result: Empty;
    };
    resolve: {
      params: ResolveParams;
      result: VideoInfo;
    };
    'retention.preview': {
      params: RetentionSettings;
      result: RetentionPreview;
    };
    'settings.get': {
      params: Empty;
      result: Settings;
    };
    'settings.set': {
      params: Settings;
      result: Settings;
    };
    'worker.warm': {
      params: Empty;
      result: Empty;
    };
  };
}
/**
 * The browser extension called ``hello``.
 */
export interface ExtensionConnected {
  browser: 'chromium' | 'firefox';
}
/**
 * An error for a person: a stable code, which case of it, what happened, what to do next.
 */
export interface ErrorInfo {
  advice?: string;
  code: string;
  hint: string;
  message: string;
  params?: {
    [k: string]: string | number;
  };
  reason?: string;
}
/**
 * The order to make one clip, with its state.
 */
export interface Job {
  created?: boolean | null;
  created_at: number;
  duration_s?: number | null;
  end_s?: number | null;
  error?: ErrorInfo | null;
  /**
   * A job's id: a ULID in lower case, sortable by age.
   */
  file_id: string;
  file_missing?: boolean;
  file_name?: string | null;
  finished_at?: number | null;
  finishing?: boolean;
  from_page?: boolean;
  live?: boolean;
  not_before?: number | null;
  output: OutputParams;
  pinned?: boolean;
  position?: number;
  priority?: number;
  progress?: Progress | null;
  proof?: ProofInfo | null;
  site?: string | null;
  size_bytes?: number | null;
  start_s?: number | null;
  state: JobState;
  thumbnail_url?: string | null;
  title?: string | null;
  updated_at: number;
  uploader?: string | null;
  url: string;
  wait_reason?: string | null;
}
/**
 * What kind of file, and how good.
 */
export interface OutputParams {
  codec?: ('h264' | 'hevc' | 'vp9' | 'av1') | null;
  kind?: OutputKind;
  max_height?: number | null;
  mode?: CutMode;
  quality?: number | null;
  /**
   * @maxItems 10
   */
  subtitles?: string[];
}
/**
 * Progress of a clip. ``fraction`` grows from 0 to 1 over all stages and never decreases.
 */
export interface Progress {
  done_bytes?: number;
  eta_s?: number | null;
  fraction: number;
  recorded_bytes?: number | null;
  recorded_s?: number | null;
  speed_bps?: number | null;
  stage: Stage;
  step?: Step | null;
  total_bytes?: number | null;
}
/**
 * What verification measured on the finished file.
 */
export interface ProofInfo {
  av_offset_s?: number | null;
  copied_frames: number;
  end_s: number;
  ended?: Ended | null;
  frames: number;
  height?: number | null;
  note?: string | null;
  path: string;
  start_s: number;
  streams?: string[];
  width?: number | null;
}
export interface JobRef {
  /**
   * A job's id: a ULID in lower case, sortable by age.
   */
  file_id: string;
}
/**
 * Also the data of the event ``queue``.
 */
export interface PauseAllParams {
  paused: boolean;
}
/**
 * What a person can choose. Kept in one file, replaced atomically.
 */
export interface Settings {
  concurrency?: number;
  downloads_dir?: string | null;
  ffmpeg?: string | null;
  name_template?: string;
  network?: NetworkSettings;
  notifications?: boolean;
  output?: OutputParams;
  per_site?: number;
  recording?: RecordingSettings;
  retention?: RetentionSettings;
  tray?: boolean;
  update_channel?: 'stable' | 'nightly';
  updates?: 'auto' | 'ask' | 'off';
}
/**
 * How the internet is reached; what is ``None`` comes from the environment (``HTTPS_PROXY`` …, ``SSL_CERT_FILE``).
 */
export interface NetworkSettings {
  ca_file?: string | null;
  no_proxy?: string | null;
  proxy?: string | null;
  speed_limit_bps?: number | null;
}
/**
 * Where the recording of a running broadcast ends by itself; what has been recorded by then is kept.
 */
export interface RecordingSettings {
  max_bytes?: number;
  max_s?: number;
}
/**
 * What is cleaned up by itself. Off unless the person turned it on.
 */
export interface RetentionSettings {
  max_age_days?: number | null;
  max_total_bytes?: number | null;
}
/**
 * One clip. Both times left out: the range that the link names (``/clip/`` pages, ``t=``), else the whole video.
 */
export interface ClipCreateParams {
  again?: boolean;
  allow_private?: boolean;
  /**
   * @maxItems 200
   */
  cookies?: Cookie[];
  end_time?: (number | string) | null;
  item?: number | null;
  output?: OutputParams;
  start_time?: (number | string) | null;
  title?: string | null;
  url: string;
  whole?: boolean;
}
/**
 * One cookie of the video's site, lent with the person's consent for one request. Never stored with it, never logged.
 */
export interface Cookie {
  domain: string;
  expires?: number | null;
  host_only?: boolean;
  name: string;
  path?: string;
  secure?: boolean;
  value: string;
}
/**
 * No parameters, or no result.
 */
export interface Empty {}
/**
 * Opens the dashboard once, within 60 s.
 */
export interface DashboardLink {
  url: string;
}
/**
 * Open the dashboard in the person's browser. The link is not returned to the caller: its holder acts as the person.
 */
export interface DashboardOpenParams {
  end_s?: (number | string) | null;
  link?: string | null;
  start_s?: (number | string) | null;
  view?: 'history' | 'settings';
}
/**
 * The desktop process: tray icon and notifications.
 */
export interface DesktopInfo {
  backend?: string;
  pid?: number | null;
  reason?: string;
}
/**
 * What the desktop process shows.
 */
export interface DesktopReport {
  backend?: string;
  reason?: string;
}
/**
 * The yt-dlp version in use. A person's own clients only, as all of ``engine.*``.
 */
export interface EngineInfo {
  checked_at?: number | null;
  installed: boolean;
  note?: string | null;
  offer?: string | null;
  under_way?: boolean;
  version: string;
}
/**
 * Take the newest yt-dlp into use, after a trial. May take some minutes.
 */
export interface EngineUpdateParams {
  check_only?: boolean;
  nightly?: boolean | null;
}
/**
 * The first request of a connection.
 */
export interface HelloParams {
  client: 'extension' | 'cli' | 'tray' | 'dashboard' | 'script';
  protocol?: number;
  version: string;
}
/**
 * The daemon's version and state.
 */
export interface HelloResult {
  downloads_dir_name: string;
  notices?: string[];
  protocol: number;
  running: number;
  version: string;
}
/**
 * A page of jobs, newest first; ``cursor`` is the last ``file_id`` of the page before.
 */
export interface JobListParams {
  cursor?: string | null;
  limit?: number;
  query?: string | null;
  states?: JobState[] | null;
}
export interface JobPage {
  jobs: Job[];
  next_cursor?: string | null;
  queue_paused?: boolean;
}
/**
 * Before which queued job it goes; ``None``: to the end.
 */
export interface JobMoveParams {
  before?: string | null;
  /**
   * A job's id: a ULID in lower case, sortable by age.
   */
  file_id: string;
}
/**
 * ``reveal``: select the file in its folder; otherwise open it with its program.
 */
export interface OpenParams {
  /**
   * A job's id: a ULID in lower case, sortable by age.
   */
  file_id: string;
  reveal?: boolean;
}
/**
 * Where a finished clip lies on this computer. For a person's own clients only.
 */
export interface FilePath {
  path: string;
}
export interface JobPinParams {
  /**
   * A job's id: a ULID in lower case, sortable by age.
   */
  file_id: string;
  pinned: boolean;
}
/**
 * Take a job out of the history; an unfinished one is cancelled. Its file stays unless one of the two flags is set.
 *
 * A page may remove only jobs that pages asked for. Their files never go for good, and only shortly after they were finished
 * (undo): what a page requests to delete goes to the bin.
 */
export interface JobRemoveParams {
  delete_file?: boolean;
  /**
   * A job's id: a ULID in lower case, sortable by age.
   */
  file_id: string;
  trash?: boolean;
}
/**
 * Run a job again that failed, was cancelled or waits.
 */
export interface JobRetryParams {
  /**
   * @maxItems 200
   */
  cookies?: Cookie[];
  /**
   * A job's id: a ULID in lower case, sortable by age.
   */
  file_id: string;
}
/**
 * Let pages of this loopback origin be clipped for a while (``clipferry demo``). A person's own clients only.
 */
export interface AllowPrivateParams {
  origin: string;
  seconds?: number;
}
/**
 * Resolve the video at ``url``; also warms a worker.
 */
export interface ResolveParams {
  allow_private?: boolean;
  /**
   * @maxItems 200
   */
  cookies?: Cookie[];
  item?: number | null;
  url: string;
}
/**
 * A resolved video.
 */
export interface VideoInfo {
  audio_bytes_per_second?: number | null;
  chapters?: ChapterInfo[];
  duration_s?: number | null;
  has_audio?: boolean;
  has_video?: boolean;
  key: string;
  live?: Live;
  qualities?: Quality[];
  site: string;
  subtitles?: SubtitleInfo[];
  suggested_end_s?: number | null;
  suggested_start_s?: number | null;
  thumbnail_url?: string | null;
  title: string;
  uploader?: string | null;
  webpage_url: string;
}
export interface ChapterInfo {
  end_s: number;
  start_s: number;
  title: string;
}
/**
 * One choice of video: the best format at that height.
 */
export interface Quality {
  bytes_per_second?: number | null;
  codecs: string[];
  edge_bytes_per_second?: number | null;
  fps?: number | null;
  height: number;
}
export interface SubtitleInfo {
  automatic?: boolean;
  language: string;
  name?: string | null;
}
/**
 * What ``RetentionSettings`` would delete now: how much in all, and the oldest of it.
 */
export interface RetentionPreview {
  clips: number;
  jobs?: Job[];
  size_bytes: number;
}
/**
 * Exactly one of ``result`` and ``error``. ``id`` is ``None`` only where the request's could not be read.
 */
export interface Answer {
  error?: ErrorInfo | null;
  id: number | null;
  result?: unknown;
}
/**
 * The answer to ``POST /download`` (202).
 */
export interface DownloadAccepted {
  /**
   * A job's id: a ULID in lower case, sortable by age.
   */
  file_id: string;
}
/**
 * ``POST /download``: the short form of ``clip.create`` for people and scripts.
 */
export interface DownloadRequest {
  again?: boolean;
  allow_private?: boolean;
  audio_only?: boolean;
  end_time?: (number | string) | null;
  item?: number | null;
  output?: OutputParams | null;
  start_time?: (number | string) | null;
  url: string;
  whole?: boolean;
}
/**
 * Sent to every client that has called ``hello``.
 */
export interface Event {
  data: unknown;
  event: string;
}
/**
 * ``params`` is the model that ``METHODS`` names for ``method``.
 */
export interface Request {
  id: number;
  method: string;
  params?: {
    [k: string]: unknown;
  };
}
/**
 * ``GET /status/{file_id}``.
 */
export interface Status {
  done_bytes?: number;
  error?: ErrorInfo | null;
  eta_s?: number | null;
  /**
   * A job's id: a ULID in lower case, sortable by age.
   */
  file_id: string;
  file_name?: string | null;
  progress: number;
  proof?: ProofInfo | null;
  ready: boolean;
  recorded_bytes?: number | null;
  recorded_s?: number | null;
  size_bytes?: number | null;
  speed_bps?: number | null;
  stage?: Stage | null;
  state: JobState;
  total_bytes?: number | null;
}

export const PROTOCOL_VERSION = 1;
export const MAX_FRAME_BYTES = 524288;
export const MAX_URL_CHARS = 4096;
/** What the companion lets the extension ask for. */
export const PAGE_METHODS = [
  'clip.create',
  'dashboard.open',
  'hello',
  'job.cancel',
  'job.copy',
  'job.finish',
  'job.get',
  'job.list',
  'job.open',
  'job.pause',
  'job.remove',
  'job.resume',
  'job.retry',
  'job.seen',
  'resolve',
  'settings.get',
  'worker.warm',
] as const;
