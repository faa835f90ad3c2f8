//! Draws pictures of the shipped avatars.
use stage::avatar::{Cast, MouthPose, Pose};
use std::fs::File;
use vello_cpu::{
    Pixmap, RenderContext, Resources,
    kurbo::{Affine, Rect},
};

fn save(path: &str, pixmap: Pixmap) {
    let (w, h) = (pixmap.width(), pixmap.height());
    let mut enc = png::Encoder::new(File::create(path).unwrap(), w.into(), h.into());
    enc.set_color(png::ColorType::Rgba);
    enc.set_depth(png::BitDepth::Eight);
    enc.write_header().unwrap().write_image_data(pixmap.data_as_u8_slice()).unwrap();
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let n: usize = args.get(1).map_or(2, |a| a.parse().unwrap());
    let out = args.get(2).map_or("/tmp/look/avatar", |a| a);
    let cast = Cast::builtin();
    let rigs: Vec<_> = cast.iter().collect();
    for (page, group) in rigs.chunks(3).enumerate().take(n) {
        let (cw, ch) = (200u16, 660u16);
        let mut ctx = RenderContext::new(cw * 9, ch);
        ctx.set_paint(vello_cpu::peniko::Color::from_rgb8(0xE4, 0xE9, 0xF0));
        ctx.fill_rect(&Rect::new(0., 0., 8000., 2000.));
        for (p, rig) in group.iter().enumerate() {
            for o in 0..3 {
                let s = 0.262;
                let x = ((p * 3 + o) as f64 + 0.5) * f64::from(cw);
                let pose = Pose { mouth: MouthPose { smile: 6, ..MouthPose::default() }, ..Pose::default() };
                rig.puppet(o).draw(&mut ctx, Affine::translate((x - 687. * s, 20.)) * Affine::scale(s), &pose);
            }
        }
        let mut pix = Pixmap::new(ctx.width(), ctx.height());
        ctx.flush();
        ctx.render(&mut pix, &mut Resources::new());
        save(&format!("{out}/lineup{page}.png"), pix);
    }
    for (page, group) in rigs.chunks(6).enumerate() {
        let (cw, ch) = (480u16, 500u16);
        let mut ctx = RenderContext::new(cw * 3, ch * 2);
        ctx.set_paint(vello_cpu::peniko::Color::from_rgb8(0xE4, 0xE9, 0xF0));
        ctx.fill_rect(&Rect::new(0., 0., 8000., 2000.));
        for (p, rig) in group.iter().enumerate() {
            let s = 1.0;
            let (x, y) = ((p % 3) as f64 * f64::from(cw), (p / 3) as f64 * f64::from(ch));
            let pose = Pose { mouth: MouthPose { smile: 6, ..MouthPose::default() }, ..Pose::default() };
            ctx.set_transform(Affine::IDENTITY);
            ctx.push_clip_rect(&Rect::new(x, y, x + f64::from(cw), y + f64::from(ch)));
            rig.puppet(page).draw(
                &mut ctx,
                Affine::translate((x + 240. - 687. * s, y - 105.)) * Affine::scale(s),
                &pose,
            );
            ctx.pop_clip();
        }
        let mut pix = Pixmap::new(ctx.width(), ctx.height());
        ctx.flush();
        ctx.render(&mut pix, &mut Resources::new());
        save(&format!("{out}/heads{page}.png"), pix);
    }
    // faces
    for p in 0..0 {
        let (cw, ch) = (520u16, 620u16);
        let mut ctx = RenderContext::new(cw * 3, ch);
        ctx.set_paint(vello_cpu::peniko::Color::from_rgb8(0xE4, 0xE9, 0xF0));
        ctx.fill_rect(&Rect::new(0., 0., 8000., 2000.));
        let mut puppet = rigs[p].puppet(0);
        for i in 0..3 {
            let mut pose = Pose::default();
            if i == 1 {
                pose.mouth = MouthPose { open: 20, wide: 4, upper_teeth: 17, tongue: 8, ..MouthPose::default() };
            }
            if i == 2 {
                pose.mouth = MouthPose { open: 6, wide: 8, upper_teeth: 24, smile: 20, ..MouthPose::default() };
                pose.eyes.squint = 4;
                pose.head.roll = 40;
                pose.head.yaw = 8;
            }
            let s = 1.3;
            // one clip per cell
            ctx.set_transform(Affine::IDENTITY);
            ctx.push_clip_rect(&Rect::new(f64::from(cw) * i as f64, 0., f64::from(cw) * (i + 1) as f64, 2000.));
            puppet.draw(
                &mut ctx,
                Affine::translate((f64::from(cw) * (i as f64 + 0.5) - 687. * s, -175.)) * Affine::scale(s),
                &pose,
            );
            ctx.pop_clip();
        }
        let mut pix = Pixmap::new(ctx.width(), ctx.height());
        ctx.flush();
        ctx.render(&mut pix, &mut Resources::new());
        save(&format!("{out}/face{p}.png"), pix);
    }
}
