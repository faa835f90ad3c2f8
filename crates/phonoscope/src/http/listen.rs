//! Accepts connections: bounded in number, cut off when they do not finish a request's head, drained at the end.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// Connections at a time; more wait in the system's queue.
const CONNECTIONS_MAX: usize = 4096;
/// Longest that a client may take for a request's head, and be idle between requests.
const HEAD_WITHIN: Duration = Duration::from_secs(60);
/// How long to wait before accepting again after the system refused to, for want of descriptors as a rule.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// Serves `app` until `stop`, then lets open requests end.
pub(crate) async fn serve(listener: TcpListener, app: Router, stop: CancellationToken) {
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(HEAD_WITHIN);
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener, &connections) => accepted,
        };
        let Ok((stream, permit)) = accepted else {
            tokio::time::sleep(ACCEPT_AGAIN_AFTER).await;
            continue;
        };
        let (app, builder, watcher, stop) = (app.clone(), builder.clone(), graceful.watcher(), stop.clone());
        tokio::spawn(async move {
            if speaks(&stream, &stop).await {
                // Around the router, so that the route is chosen by the mended path.
                let service = app.map_request(|request: Request<Incoming>| normalize_path(request.map(Body::new)));
                let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
                // An error is the client's: it went away, or spoke no HTTP.
                let _ = watcher.watch(connection.into_owned()).await;
            }
            drop(permit);
        });
    }
    graceful.shutdown().await;
}

async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> io::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(connections).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, permit))
}

/// Waits for the first byte, which the server needs to tell HTTP/1 from HTTP/2 and has no timer for.
async fn speaks(stream: &TcpStream, stop: &CancellationToken) -> bool {
    let mut first = [0];
    tokio::select! {
        () = stop.cancelled() => false,
        peeked = tokio::time::timeout(HEAD_WITHIN, stream.peek(&mut first)) => matches!(peeked, Ok(Ok(1..))),
    }
}

/// Folds what clients of each door do to slashes, and takes the doors' own prefixes out.
///
/// Slashes at the end are a part of Spiritme's paths, and Hour One's are told by their headers where they have no prefix.
fn normalize_path<B>(request: Request<B>) -> Request<B> {
    let path = request.uri().path();
    if dialect_spiritme::owns_path(path) {
        return dialect_spiritme::normalize_path(request);
    }
    if dialect_hourone::owns(request.method(), path, request.headers()) {
        return dialect_hourone::normalize_path(request);
    }
    let request = dialect_acrcloud::normalize_path(dialect_producer::normalize_path(request));
    dialect_aistudios::normalize_path(request)
}
