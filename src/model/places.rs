//! Two layouts compared whatever files they come from.

use super::{Layout, OwnWish};
use crate::diagnostic::Place;

impl Layout {
    /// The layout with all places in files the same, and without what tells only how rules and needs are written: two
    /// documents that mean the same are equal in this.
    pub fn without_places(self) -> Layout {
        let mut layout = self;
        layout.files.clear();
        layout.dormant.clear();
        layout.placed_at.iter_mut().for_each(|at| *at = None);
        layout.lab.hosts.iter_mut().for_each(|host| host.at = Place::default());
        layout.lab.pools.iter_mut().for_each(|pool| pool.at = Place::default());
        let somewhere = |at: &mut Option<Place>| *at = at.map(|_| Place::default());
        for startup in &mut layout.demand.startups {
            startup.at = Place::default();
            somewhere(&mut startup.together);
        }
        layout.stacks.iter_mut().for_each(|stack| somewhere(&mut stack.together));
        let of_stacks = layout.stacks.iter_mut().flat_map(|stack| &mut stack.services);
        for service in layout.demand.services.iter_mut().chain(of_stacks) {
            (service.at, service.on_at) = (Place::default(), Place::default());
            service.made.needs = [].into();
            service.every.iter_mut().for_each(|every| every.at = Place::default());
            for (_, at) in service.made.apart.iter_mut().chain(&mut service.made.spread) {
                *at = Place::default();
            }
            let anywhere = |wish: &OwnWish| OwnWish { at: Place::default(), ..wish.clone() };
            service.made.wishes = service.made.wishes.iter().map(anywhere).collect();
        }
        for rule in &mut layout.rules {
            rule.at = Place::default();
            rule.reach = rule.reach.take().map(|_| [].into());
        }
        for wish in &mut layout.wishes {
            wish.at = Place::default();
            wish.reach = wish.reach.take().map(|_| [].into());
        }
        layout.wishes.retain(|wish| !wish.containers.is_empty());
        if let Some(survive) = &mut layout.survive {
            (survive.at, survive.reach) = (None, [].into());
        }
        layout.phases.iter_mut().for_each(|phase| phase.at = Place::default());
        layout.toolbox.categories.iter_mut().for_each(|category| category.at = Place::default());
        layout
    }
}
