//! What the vendor has and this server has not: said in the vendor's envelope, with what to do instead.

use crate::call::Call;
use crate::error::{ApiError, NotOffered};

/// Declares an operation that says that it is not offered.
macro_rules! absent {
    ($($method:ident $path:literal $name:ident $id:literal: $what:literal, $advice:literal;)*) => {$(
        #[utoipa::path(
            $method, path = $path, operation_id = $id, tag = "not offered",
            summary = concat!("Not offered by this server: ", $what, "."),
            responses(NotOffered),
            security(("token" = []))
        )]
        pub(crate) async fn $name(_: Call) -> ApiError {
            ApiError::NotOffered { what: $what, advice: $advice }
        }
    )*};
}

absent! {
    post "/api/odin/v3/automation/topic_to_video" topic "aistudiosTopicToVideo":
        "videos from a topic, as it has no language model",
        "write the text yourself and send it to /automation/scripts_to_video, or a page of the web to /automation/url_to_video";
    post "/api/odin/v3/automation/translatevideos" translate "aistudiosTranslateVideos":
        "dubbing into other languages", "send the translated text as a new project";
    get "/api/odin/v3/automation/translatevideos" translations "aistudiosTranslations":
        "dubbing into other languages", "there are no translated videos to list";
    post "/api/odin/v3/avatars/customavatar" custom_avatar "aistudiosCustomAvatar":
        "avatars from photos and videos through this API", "ask the operator to put an avatar folder into the server's avatars";
    post "/api/odin/v3/avatars/dreamavatar" dream_avatar "aistudiosDreamAvatar":
        "generated avatars", "choose one of /model, or ask the operator to put an avatar folder into the server's avatars";
    post "/api/odin/v3/avatars/voiceclone" voice_clone "aistudiosVoiceClone":
        "cloning of voices", "choose one of /dropdown/voices, or ask the operator to add a Piper voice";
    post "/api/odin/v3/tools/text-generator" text "aistudiosTextGenerator":
        "generated texts, as it has no language model", "send a text of your own";
    post "/api/odin/v3/tools/image-generator" image "aistudiosImageGenerator":
        "generated pictures", "put the address of a picture of your own into a clip's source_url";
    post "/api/odin/v3/tools/video-generator" video "aistudiosVideoGenerator":
        "generated videos", "put the address of a video of your own into a clip's video_url";
    post "/api/odin/v3/tools/voice-generator" voice "aistudiosVoiceGenerator":
        "the voice generator", "POST /simple/audio speaks a text at once";
}
