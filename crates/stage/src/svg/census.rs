//! Counts what a file amounts to with every reference written out.
//!
//! The reader expands references by itself, and does not end where three patterns fill each other in turn. So whatever is referred to counts as often
//! as it may be drawn, by attributes and by style sheets, and what contains itself is refused.

use std::cell::OnceCell;
use std::collections::HashMap;

use resvg::usvg::roxmltree::{Document, Node, NodeId};
use simplecss::{AttributeOperator, DeclarationTokenizer, PseudoClass, Rule, StyleSheet};

use super::{SVG_DEPTH_MAX, SVG_ELEMENTS_MAX, SVG_STYLING_MAX, limit};
use crate::error::StageError;

/// The filters whose cost does not grow with what they are asked for.
const CHEAP_FILTERS: [&str; 14] = [
    "feBlend",
    "feColorMatrix",
    "feComponentTransfer",
    "feComposite",
    "feDropShadow",
    "feFlood",
    "feFuncA",
    "feFuncB",
    "feFuncG",
    "feFuncR",
    "feGaussianBlur",
    "feMerge",
    "feMergeNode",
    "feOffset",
];

/// Refuses what would grow too large.
pub(super) fn check(document: &Document<'_>) -> Result<(), StageError> {
    for node in elements(document) {
        let name = node.tag_name().name();
        if name.starts_with("fe") && !CHEAP_FILTERS.contains(&name) {
            return Err(StageError::SvgUnsupported(format!("the filter `{name}`")));
        }
    }
    let sheets = || elements(document).filter(|node| node.tag_name().name() == "style").filter_map(|node| node.text());
    let n_style_bytes: usize = sheets().map(str::len).sum();
    let (n_written, _) = Census::new(document, StyleSheet::new()).count(document.root_element(), 0)?;
    let styling = n_written.saturating_mul(n_style_bytes as u64);
    if styling > SVG_STYLING_MAX {
        return Err(limit("bytes of styles times elements", styling, SVG_STYLING_MAX));
    }
    let mut sheet = StyleSheet::new();
    sheets().for_each(|text| sheet.parse_more(text));
    let (n_elements, _) = Census::new(document, sheet).count(document.root_element(), 0)?;
    if n_elements > SVG_ELEMENTS_MAX {
        return Err(limit("elements with all references written out", n_elements, SVG_ELEMENTS_MAX));
    }
    Ok(())
}

fn elements<'a, 'input>(document: &'a Document<'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    document.descendants().filter(Node::is_element)
}

struct Census<'a, 'input> {
    by_id: HashMap<&'a str, Node<'a, 'input>>,
    /// The rules that refer to something.
    rules: Vec<Rule<'a>>,
    /// What was counted: the elements and the depth of each. `None` while it is being counted.
    counted: HashMap<NodeId, Option<(u64, u32)>>,
}

impl<'a, 'input> Census<'a, 'input> {
    fn new(document: &'a Document<'input>, sheet: StyleSheet<'a>) -> Self {
        let by_id = elements(document).filter_map(|node| Some((node.attribute("id")?, node))).collect();
        let refers = |rule: &Rule<'_>| rule.declarations.iter().any(|it| it.value.contains("url("));
        let rules = sheet.rules.into_iter().filter(refers).collect();
        Self { by_id, rules, counted: HashMap::new() }
    }

    fn count(&mut self, node: Node<'a, 'input>, depth: u32) -> Result<(u64, u32), StageError> {
        match self.counted.get(&node.id()) {
            Some(Some((_, height))) if depth + height > SVG_DEPTH_MAX => return Err(too_deep(depth + height)),
            Some(Some(known)) => return Ok(*known),
            Some(None) => {
                let name = node.attribute("id").unwrap_or_default();
                return Err(StageError::SvgMalformed(format!("`#{name}` contains itself")));
            }
            None => {}
        }
        if depth > SVG_DEPTH_MAX {
            return Err(too_deep(depth));
        }
        self.counted.insert(node.id(), None);
        let children = node.children().filter(Node::is_element).map(|child| (child, 1));
        let parts: Vec<(Node<'a, 'input>, u64)> = children.chain(self.targets(node)).collect();
        let (mut n_elements, mut height) = (1_u64, 0);
        for (part, n_times) in parts {
            let (n_below, height_below) = self.count(part, depth + 1)?;
            n_elements = n_elements.saturating_add(n_below.saturating_mul(n_times));
            height = height.max(height_below + 1);
        }
        self.counted.insert(node.id(), Some((n_elements, height)));
        Ok((n_elements, height))
    }

    /// The elements that an element refers to, and how often at most each is drawn for it.
    fn targets(&self, node: Node<'a, 'input>) -> Vec<(Node<'a, 'input>, u64)> {
        let mut targets = Vec::new();
        let times = Times::of(node);
        let mut add = |property: &str, text: &str| {
            for id in references(property, text) {
                targets.extend(self.by_id.get(id).map(|target| (*target, times.drawn_by(property))));
            }
        };
        for attribute in node.attributes() {
            match attribute.name() {
                "style" => DeclarationTokenizer::from(attribute.value()).for_each(|it| add(it.name, it.value)),
                // A link leads somewhere and draws nothing.
                "href" if node.tag_name().name() == "a" => {}
                name => add(name, attribute.value()),
            }
        }
        for rule in self.rules.iter().filter(|rule| rule.selector.matches(&Styled(node))) {
            rule.declarations.iter().for_each(|it| add(it.name, it.value));
        }
        targets
    }
}

fn too_deep(depth: u32) -> StageError {
    limit("elements within elements", depth.into(), SVG_DEPTH_MAX.into())
}

/// How often what an element names may be drawn: fills, lines and markers pass on to all below, and one marker stands at each corner.
struct Times<'a, 'input> {
    node: Node<'a, 'input>,
    n_below: OnceCell<u64>,
    n_corners: OnceCell<u64>,
}

impl<'a, 'input> Times<'a, 'input> {
    fn of(node: Node<'a, 'input>) -> Self {
        Self { node, n_below: OnceCell::new(), n_corners: OnceCell::new() }
    }

    fn drawn_by(&self, property: &str) -> u64 {
        match property {
            "fill" | "stroke" | "marker-start" | "marker-end" => self.n_below(),
            "marker" | "marker-mid" => self.n_below() + self.n_corners(),
            _ => 1,
        }
    }

    fn n_below(&self) -> u64 {
        *self.n_below.get_or_init(|| self.node.descendants().filter(Node::is_element).count() as u64)
    }

    fn n_corners(&self) -> u64 {
        *self.n_corners.get_or_init(|| {
            let paths = self.node.descendants().flat_map(|node| [node.attribute("d"), node.attribute("points")]);
            // A corner takes two characters at least.
            paths.flatten().map(|text| text.len() as u64 / 2).sum()
        })
    }
}

/// Returns the ids that a value names, by `href` or `url(#…)`.
fn references<'t>(property: &str, text: &'t str) -> Vec<&'t str> {
    if property == "href" {
        return text.trim().strip_prefix('#').into_iter().collect();
    }
    let starts = text.split("url(").skip(1);
    let inner = starts.filter_map(|rest| rest.split(')').next());
    inner.filter_map(|it| it.trim().trim_matches(['"', '\'']).trim().strip_prefix('#')).collect()
}

/// An element as style sheets see it.
struct Styled<'a, 'input>(Node<'a, 'input>);

impl simplecss::Element for Styled<'_, '_> {
    fn parent_element(&self) -> Option<Self> {
        self.0.parent_element().map(Self)
    }

    fn prev_sibling_element(&self) -> Option<Self> {
        self.0.prev_sibling_element().map(Self)
    }

    fn has_local_name(&self, name: &str) -> bool {
        self.0.tag_name().name() == name
    }

    fn attribute_matches(&self, local_name: &str, operator: AttributeOperator<'_>) -> bool {
        self.0.attribute(local_name).is_some_and(|value| operator.matches(value))
    }

    fn pseudo_class_matches(&self, class: PseudoClass<'_>) -> bool {
        matches!(class, PseudoClass::FirstChild) && self.prev_sibling_element().is_none()
    }
}
