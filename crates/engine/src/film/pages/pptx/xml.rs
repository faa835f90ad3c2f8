//! Small things for reading DrawingML. Names are told without their namespaces: strict and transitional files have different ones.

use roxmltree::Node;

/// Returns the first child element of a name.
pub(super) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| is(*child, name))
}

/// Follows a way of names downwards.
pub(super) fn at<'a, 'i>(node: Node<'a, 'i>, way: &[&str]) -> Option<Node<'a, 'i>> {
    way.iter().try_fold(node, |node, name| child(node, name))
}

/// Tells whether a node is an element of a name.
pub(super) fn is(node: Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name
}

/// Returns an attribute.
pub(super) fn attr<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attributes().find(|attribute| attribute.name() == name).map(|attribute| attribute.value())
}

/// Returns an attribute that is a number; a percentage is its number of thousandths.
pub(super) fn number(node: Node<'_, '_>, name: &str) -> Option<f64> {
    let text = attr(node, name)?;
    let (text, factor) = text.strip_suffix('%').map_or((text, 1.0), |text| (text, 1000.0));
    text.trim().parse().ok().filter(|number: &f64| number.is_finite()).map(|number| number * factor)
}

/// Returns an attribute that is a switch.
pub(super) fn flag(node: Node<'_, '_>, name: &str) -> Option<bool> {
    attr(node, name).map(|text| matches!(text, "1" | "true" | "on"))
}

/// Lists the elements of a tree of shapes; where there are alternatives, the one for programs that know little.
pub(super) fn shapes<'a, 'i>(tree: Node<'a, 'i>) -> Vec<Node<'a, 'i>> {
    let mut shapes = Vec::new();
    for node in tree.children().filter(Node::is_element) {
        if is(node, "AlternateContent") {
            let chosen = child(node, "Fallback").filter(Node::has_children).or_else(|| child(node, "Choice"));
            shapes.extend(chosen.iter().flat_map(Node::children).filter(Node::is_element));
        } else {
            shapes.push(node);
        }
    }
    shapes
}
