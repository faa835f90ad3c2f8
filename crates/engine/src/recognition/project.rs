//! Projects: a key pair, and the buckets that are searched for whoever signs with it.

use super::number::{BucketId, Listed, ProjectId, Sequence};
use super::text::{check_name, check_texts};
use super::usage::DayUsage;
use crate::access::Door;
use crate::ids::AccountId;
use crate::secret::Secret;
use crate::store::Page;
use crate::time::Timestamp;
use crate::{Engine, Error, Result};

/// A key pair with what it may search.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    /// Identifier.
    pub id: ProjectId,
    /// The tenant.
    pub account_id: AccountId,
    /// Its name for people.
    pub name: String,
    /// Where the caller said it should be; kept and given back.
    pub region: String,
    /// The vendor's word for what it recognizes, such as `AVR`.
    pub kind: String,
    /// The vendor's word for how clips are recorded, such as `linein`.
    pub audio_type: String,
    /// Foreign ids that the caller wants with music.
    pub external_ids: Vec<String>,
    /// The half of the pair that is not secret: 32 hex digits.
    pub access_key: String,
    /// The other half, sealed; see [`Engine::project_secret`].
    pub sealed_secret: Vec<u8>,
    /// Searches per day (UTC), 0 for any number.
    pub day_limit: i64,
    /// Searches ever, 0 for any number.
    pub total_limit: i64,
    /// What is searched; ids of buckets that no longer exist may remain, and are passed over.
    pub bucket_ids: Vec<BucketId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A project to make.
#[derive(Debug, Clone, Default)]
pub struct NewProject {
    /// Its name for people.
    pub name: String,
    /// Where it should be.
    pub region: String,
    /// The vendor's word for what it recognizes.
    pub kind: String,
    /// The vendor's word for how clips are recorded.
    pub audio_type: String,
    /// Foreign ids that the caller wants with music.
    pub external_ids: Vec<String>,
    /// What is searched.
    pub bucket_ids: Vec<BucketId>,
}

/// What to change of a project; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ProjectChange {
    /// Its name for people.
    pub name: Option<String>,
    /// The vendor's word for how clips are recorded.
    pub audio_type: Option<String>,
    /// Foreign ids that the caller wants with music.
    pub external_ids: Option<Vec<String>>,
    /// What is searched, in place of all earlier ones.
    pub bucket_ids: Option<Vec<BucketId>>,
    /// Searches per day, for the operator.
    pub day_limit: Option<i64>,
    /// Searches ever, for the operator.
    pub total_limit: Option<i64>,
}

/// Which projects to list.
#[derive(Debug, Clone)]
pub struct ProjectFilter {
    /// In this region only.
    pub region: Option<String>,
    /// Of this kind only.
    pub kind: Option<String>,
    /// The stretch of the list.
    pub page: Page,
}

impl Engine {
    /// Makes a project with a new key pair.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name that is empty or too long, and for buckets (`buckets`) that the account does not have.
    pub async fn create_project(&self, account: &AccountId, new: NewProject) -> Result<Project> {
        check_name("name", &new.name)?;
        check_name("region", &new.region)?;
        check_texts("external_ids", &new.external_ids)?;
        let now = self.now();
        let mut tx = self.store().write().await?;
        let bucket_ids = self.check_buckets(tx.as_mut(), account, new.bucket_ids).await?;
        let project = Project {
            id: ProjectId(tx.take_numbers(Sequence::Project, 1).await?),
            account_id: account.clone(),
            name: new.name,
            region: new.region,
            kind: new.kind,
            audio_type: new.audio_type,
            external_ids: new.external_ids,
            access_key: Secret::random("", ACCESS_KEY_BYTES, self.entropy()).expose().to_owned(),
            sealed_secret: self
                .key()
                .seal(&Secret::random_letters(ACCESS_SECRET_CHARS, self.entropy()), self.entropy()),
            day_limit: 0,
            total_limit: 0,
            bucket_ids,
            created_at: now,
            updated_at: now,
        };
        tx.insert_project(&project).await?;
        tx.commit().await?;
        Ok(project)
    }

    /// Finds a project.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn project(&self, account: &AccountId, id: ProjectId) -> Result<Project> {
        self.store().read().await?.project(account, id).await?.ok_or_else(|| missing(id))
    }

    /// Finds the project that an access key belongs to, whoever's it is; `None` also where its account is disabled.
    pub async fn project_by_key(&self, access_key: &str) -> Result<Option<Project>> {
        let mut tx = self.store().read().await?;
        let Some(project) = tx.project_by_key(access_key).await? else {
            return Ok(None);
        };
        let account = tx.account(&project.account_id).await?;
        let application = tx.door_application(&project.account_id, Door::Acrcloud).await?;
        let now = self.now();
        let is_open = account.is_some_and(|account| account.disabled_at.is_none())
            && application.is_none_or(|application| {
                application.disabled_at.is_none() && application.expires_at.is_none_or(|end| end > now)
            });
        Ok(is_open.then_some(project))
    }

    /// Returns the secret half of a project's pair: 40 letters and digits.
    ///
    /// # Errors
    /// [`Error::Conflict`] where it was sealed with another server key.
    pub fn project_secret(&self, project: &Project) -> Result<Secret> {
        let secret = self.key().unseal(&project.sealed_secret);
        secret.ok_or_else(|| Error::Conflict("the project's secret was sealed with another server key".to_owned()))
    }

    /// Lists projects, oldest first.
    pub async fn projects(&self, account: &AccountId, filter: &ProjectFilter) -> Result<Listed<Project>> {
        let mut tx = self.store().read().await?;
        let rows = tx.projects(account, filter).await?;
        Ok(Listed { rows, total: tx.count_projects(account, filter).await? })
    }

    /// Changes a project.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`].
    pub async fn update_project(&self, account: &AccountId, id: ProjectId, change: ProjectChange) -> Result<Project> {
        let mut tx = self.store().write().await?;
        // Only to change projects one after the other.
        tx.take_numbers(Sequence::Project, 0).await?;
        let mut project = tx.project(account, id).await?.ok_or_else(|| missing(id))?;
        if let Some(name) = change.name {
            check_name("name", &name)?;
            project.name = name;
        }
        if let Some(external_ids) = change.external_ids {
            check_texts("external_ids", &external_ids)?;
            project.external_ids = external_ids;
        }
        if let Some(bucket_ids) = change.bucket_ids {
            project.bucket_ids = self.check_buckets(tx.as_mut(), account, bucket_ids).await?;
        }
        project.audio_type = change.audio_type.unwrap_or(project.audio_type);
        project.day_limit = change.day_limit.unwrap_or(project.day_limit).max(0);
        project.total_limit = change.total_limit.unwrap_or(project.total_limit).max(0);
        project.updated_at = self.now();
        tx.update_project(&project).await?;
        tx.commit().await?;
        Ok(project)
    }

    /// Removes a project; its key pair stops working at once.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn delete_project(&self, account: &AccountId, id: ProjectId) -> Result<()> {
        let mut tx = self.store().write().await?;
        if !tx.delete_project(account, id).await? {
            return Err(missing(id));
        }
        tx.commit().await?;
        Ok(())
    }

    /// Returns how often a project was used on the days that it was, from one day to another, both as `YYYY-MM-DD` and included, oldest first.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn project_usage(
        &self,
        account: &AccountId,
        id: ProjectId,
        from_day: &str,
        to_day: &str,
    ) -> Result<Vec<DayUsage>> {
        let mut tx = self.store().read().await?;
        tx.project(account, id).await?.ok_or_else(|| missing(id))?;
        Ok(tx.usage(id, from_day, to_day, USAGE_DAYS_MAX).await?)
    }
}

/// Random bytes in an access key, printed as twice as many hex digits.
const ACCESS_KEY_BYTES: usize = 16;
/// Letters and digits in an access secret: 238 bits.
const ACCESS_SECRET_CHARS: usize = 40;
/// Most days of usage in one answer: ten years.
const USAGE_DAYS_MAX: u32 = 3660;

fn missing(id: ProjectId) -> Error {
    Error::NotFound { what: "project", id: id.to_string() }
}
