//! A server on this machine that answers as a documented one does.

use std::future::Future;

use axum::Router;

pub struct Peer {
    pub base: String,
    _runtime: tokio::runtime::Runtime,
}

impl Peer {
    pub fn new(router: Router) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        run(&runtime, async move { axum::serve(listener, router).await.unwrap() });
        Self { base, _runtime: runtime }
    }
}

fn run(runtime: &tokio::runtime::Runtime, serving: impl Future<Output = ()> + Send + 'static) {
    runtime.spawn(serving);
}
