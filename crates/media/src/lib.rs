//! Audio, picture and video files in; MP4, WAV, MOV, WebM, GIF and pictures out.
//!
//! A pure crate: files, samples and pixels in; files and values out.
//! It knows no network, clock, database or async runtime.

pub mod audio;
pub mod cover;
mod cover_video;
pub mod drawing;
mod error;
pub mod h264;
pub mod mp4;
mod packet;
pub mod picture;
mod process;
pub mod thumbnail;
pub mod video;
pub mod webm;
mod yuv_planes;

pub use cover_video::write_cover_video;
pub use error::{Error, ErrorKind, Result};
pub use mp4::mov;
pub use packet::{AudioCodec, AudioTrackSpec, Packet, PacketSource};
pub use yuv_planes::{I420, PixelRect};
